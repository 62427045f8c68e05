/** Bytes or text into a contract type, in one place, with one clear error. */
import type { z } from "zod";
import { InputError } from "./errors.js";

/** Longest message accepted anywhere, bytes. */
export const MAX_MESSAGE_BYTES = 256 * 1024;

/** "beatInBar: Invalid input: expected number" — the first problem, with the path to it. */
export function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (!issue) return "invalid";
  const path = issue.path.join(".");
  return path ? `${path}: ${issue.message}` : issue.message;
}

/** Throws InputError naming `what`, the field and the reason. */
export function parseAs<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new InputError(`${what}: ${firstIssue(result.error)}`, { cause: result.error });
}

/** JSON text or bytes -> contract type. Throws InputError. */
export function parseJsonAs<T>(schema: z.ZodType<T>, bytes: Uint8Array | string, what: string): T {
  if (bytes.length > MAX_MESSAGE_BYTES)
    throw new InputError(`${what}: ${bytes.length} bytes, at most ${MAX_MESSAGE_BYTES}`);
  let value: unknown;
  try {
    value = JSON.parse(typeof bytes === "string" ? bytes : new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new InputError(`${what}: not JSON`, { cause });
  }
  return parseAs(schema, value, what);
}
