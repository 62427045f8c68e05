/** Trouble that is present now into alerts, each with its remedy and since when. Pure. */
import type { AlertMessage } from "@tactus/shared";

export type AlertText = Pick<AlertMessage, "severity" | "message" | "remedy">;

export class AlertBook {
  readonly #present = new Map<string, AlertMessage>();

  /** Raise `id` with this text, or clear it with undefined. Returns true when anything changed. */
  set(id: string, text: AlertText | undefined, nowUs: number): boolean {
    const before = this.#present.get(id);
    if (!text) return this.#present.delete(id);
    if (before?.message === text.message && before.severity === text.severity) return false;
    this.#present.set(id, { v: 1, id, ...text, sinceUs: before?.sinceUs ?? nowUs });
    return true;
  }

  list(): AlertMessage[] {
    return [...this.#present.values()];
  }
}
