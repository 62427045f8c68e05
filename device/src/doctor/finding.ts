/** What one look at the box gave. */

export type FindingState = "ok" | "warning" | "problem";

export interface Finding {
  /** What was looked at, one or two words. */
  subject: string;
  state: FindingState;
  /** What is the case, in words. */
  message: string;
  /** What to do about it; absent when nothing needs to be done. */
  remedy?: string;
}

export const ok = (subject: string, message: string): Finding => ({ subject, state: "ok", message });
export const warning = (subject: string, message: string, remedy: string): Finding => ({
  subject,
  state: "warning",
  message,
  remedy,
});
export const problem = (subject: string, message: string, remedy: string): Finding => ({
  subject,
  state: "problem",
  message,
  remedy,
});
