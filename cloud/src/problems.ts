/** The cloud's own errors, by what a caller can do, and any error as problem+json (RFC 9457). */
import { TactusError } from "@tactus/shared";
import type { Problem } from "./live/live-messages.js";

interface ProblemOptions extends ErrorOptions {
  /** What the caller can do about it. */
  remedy?: string;
  /** Where in the request it is. */
  field?: string;
}

class RequestError extends TactusError {
  readonly remedy: string | undefined;
  readonly field: string | undefined;

  constructor(message: string, code: string, options: ProblemOptions = {}) {
    super(message, code, options);
    this.remedy = options.remedy;
    this.field = options.field;
  }
}

export class BadRequestError extends RequestError {
  constructor(message: string, options?: ProblemOptions) {
    super(message, "bad-input", options);
  }
}

export class UnauthorizedError extends RequestError {
  constructor(message: string, options?: ProblemOptions) {
    super(message, "unauthorized", options);
  }
}

export class ForbiddenError extends RequestError {
  constructor(message: string, options?: ProblemOptions) {
    super(message, "forbidden", options);
  }
}

export class NotFoundError extends RequestError {
  constructor(message: string, options?: ProblemOptions) {
    super(message, "not-found", options);
  }
}

export class ConflictError extends RequestError {
  constructor(message: string, options?: ProblemOptions) {
    super(message, "conflict", options);
  }
}

export class PreconditionError extends RequestError {
  constructor(message: string, options?: ProblemOptions) {
    super(message, "changed", options);
  }
}

export class TooLargeError extends RequestError {
  constructor(message: string, options?: ProblemOptions) {
    super(message, "too-large", options);
  }
}

export class TooManyError extends RequestError {
  constructor(message: string, options?: ProblemOptions) {
    super(message, "too-many", options);
  }
}

const STATUS = new Map<string, { status: number; title: string }>([
  ["bad-input", { status: 400, title: "The request cannot be used as it is" }],
  ["unauthorized", { status: 401, title: "This needs a token" }],
  ["forbidden", { status: 403, title: "This is not allowed from here" }],
  ["not-found", { status: 404, title: "There is no such thing" }],
  ["conflict", { status: 409, title: "Not possible in the present state" }],
  ["changed", { status: 412, title: "It is no longer what you have seen" }],
  ["too-large", { status: 413, title: "That is too much at once" }],
  ["too-many", { status: 429, title: "That is too often" }],
  ["unavailable", { status: 503, title: "Not possible right now" }],
]);

/** Errors that are nobody's fault but ours say nothing about their inside. */
export function problemOf(error: unknown): Problem {
  const known = error instanceof TactusError ? STATUS.get(error.code) : undefined;
  if (!known) {
    return {
      type: "urn:tactus:problem:internal",
      title: "A fault in the cloud",
      status: 500,
      detail: "See the cloud's log",
    };
  }
  const { code, message } = error as TactusError;
  const { remedy, field } = error instanceof RequestError ? error : { remedy: undefined, field: undefined };
  return {
    type: `urn:tactus:problem:${code}`,
    ...known,
    detail: message,
    ...(field === undefined ? {} : { field }),
    ...(remedy === undefined ? {} : { remedy }),
  };
}
