/** Notices into one mail that can be read on a phone: plain text, the worst first. Pure. */
import { SEVERITIES, type StoredAlert } from "../alert.js";
import type { Notice } from "./notice.js";

export interface MailText {
  subject: string;
  text: string;
}

const MAX_SUBJECT = 120;
const MAX_LISTED = 10;

export function mailText(notices: readonly Notice[]): MailText {
  const sorted = [...notices].sort((one, other) => rankOf(other) - rankOf(one));
  const [worst] = sorted;
  const more = sorted.length > 1 ? ` (+${sorted.length - 1} more)` : "";
  const subject = `[Tactus] ${oneLine(worst?.data.title ?? "").slice(0, MAX_SUBJECT)}${more}`;
  return { subject, text: `${sorted.map(paragraphOf).join("\n\n")}\n` };
}

/** What is raised comes before what is over. */
function rankOf({ type, data }: Notice): number {
  return (type === "alert.raised" ? 10 : 0) + SEVERITIES.indexOf(data.severity);
}

function paragraphOf({ type, timestamp, data }: Notice): string {
  const { title, severity, count, alerts } = data;
  const [only] = alerts;
  const head = `${severity.toUpperCase()} ${oneLine(title)}\n${timestamp.replace("T", " ").slice(0, 19)} UTC`;
  if (count === 1 && only) return [head, ...detailOf(type, only)].join("\n");
  const listed = alerts.slice(0, MAX_LISTED).map(({ subject, message }) => `- ${subject}: ${oneLine(message)}`);
  return [head, ...listed, ...(count > listed.length ? [`- and ${count - listed.length} more`] : [])].join("\n");
}

function detailOf(type: Notice["type"], { id, rule, remedy, note }: StoredAlert): string[] {
  const lines = type === "alert.raised" && remedy !== "" ? [oneLine(remedy)] : [];
  return [...lines, ...(note === "" ? [] : [`Note: ${oneLine(note)}`]), `Alert ${id}, rule ${rule}`];
}

/** Devices choose their words: no line of theirs becomes a header or a line of ours. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();
}
