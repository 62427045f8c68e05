/** What a schema refuses into one line for the person who wrote the file: the field, what is wrong, what stands there. */
import type { z } from "zod";

/** Longest value repeated in a message. */
const MAX_SHOWN = 60;
const SECRETS = new Set(["password"]);

/** The first fault. `written`: the value that was refused. */
export function describeFault(error: z.ZodError, written: unknown): string {
  const issue = error.issues[0];
  if (!issue) return "cannot be used";
  const field = issue.path.join(".");
  const value = valueAt(written, issue.path);
  const remedy = "tactus bridge schema prints every setting";
  if (value === null) return `${field || "it"} is empty: give it a value or leave the line out`;
  if (issue.code === "invalid_key") return `${field}: the name ${issue.issues[0]?.message ?? issue.message}`;
  if (issue.code === "unrecognized_keys") {
    const unknown = issue.keys.map((key) => `"${key}"`).join(", ");
    return `${field ? `${field}: ` : ""}there is no setting ${unknown}; ${remedy}`;
  }
  const got = value === undefined ? "" : `, not ${shown(value, issue.path.at(-1))}`;
  return `${field ? `${field}: ` : ""}${plain(issue.message, value)}${got}; ${remedy}`;
}

/** Zod's words into an operator's. */
function plain(message: string, value: unknown): string {
  const words = message
    .replace(/^(Invalid input|Too big|Too small|Invalid option): /, "")
    .replace(/, received .*$/, "");
  return value === undefined && words.startsWith("expected") ? `is missing, ${words}` : words;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}

function shown(value: unknown, key: PropertyKey | undefined): string {
  if (SECRETS.has(String(key))) return "what is written";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a table";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
