/** Numbers and instants into words of a steady width. */
import { messages } from "./messages.js";

export const bpmText = (bpm: number | undefined): string => (bpm && bpm > 0 ? bpm.toFixed(1) : "–");

export const percent = (share: number): string => `${Math.round(share * 100)} %`;

export function agoText(atUs: number, nowUs: number): string {
  const seconds = Math.max(0, Math.round((nowUs - atUs) / 1_000_000));
  const { ago } = messages;
  if (seconds < 5) return ago.now;
  if (seconds < 90) return ago.seconds(seconds);
  if (seconds < 5400) return ago.minutes(Math.round(seconds / 60));
  if (seconds < 129_600) return ago.hours(Math.round(seconds / 3600));
  return ago.days(Math.round(seconds / 86_400));
}

/** "21:04" in the reader's time zone. */
export const clockText = (atUs: number): string =>
  new Date(atUs / 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

/** "4:07" or "1:02:09". */
export function durationText(us: number): string {
  const seconds = Math.max(0, Math.round(us / 1_000_000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

/** "24 Nov 2026" in the reader's time zone. */
export const dayText = (atUs: number): string =>
  new Date(atUs / 1000).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** "24 Nov 2026, 21:04:09" in the reader's time zone. */
export const momentText = (atUs: number): string =>
  new Date(atUs / 1000).toLocaleString("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
