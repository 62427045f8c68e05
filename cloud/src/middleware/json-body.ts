/** The JSON body of a request into what its schema says, or one clear refusal. */
import { firstIssue } from "@tactus/shared";
import type { Context } from "hono";
import type { z } from "zod";
import { BadRequestError } from "../problems.js";

export interface BodyOptions {
  /** What the body describes, to begin the message with: "Override". */
  what: string;
  /** What a right one looks like. */
  remedy: string;
}

/** Throws BadRequestError naming the field and the remedy. */
export async function jsonBody<Schema extends z.ZodType>(
  context: Context,
  schema: Schema,
  { what, remedy }: BodyOptions,
): Promise<z.infer<Schema>> {
  if (!/^application\/json\b/i.test(context.req.header("content-type") ?? "")) {
    throw new BadRequestError("The body is not declared as application/json", { field: "Content-Type", remedy });
  }
  const value: unknown = await context.req.json().catch(() => {
    throw new BadRequestError("The body is not JSON", { field: "body", remedy });
  });
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join(".") || "body";
  throw new BadRequestError(`${what} ${firstIssue(parsed.error)}`, { field, remedy });
}

/** The same for the query: strings and what the schema makes of them. */
export function queryOf<Schema extends z.ZodType>(
  context: Context,
  schema: Schema,
  { remedy }: Pick<BodyOptions, "remedy">,
): z.infer<Schema> {
  const parsed = schema.safeParse(context.req.query());
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join(".") ?? "";
  throw new BadRequestError(`Query ${firstIssue(parsed.error)}`, { field, remedy });
}
