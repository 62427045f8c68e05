/** Whatever goes wrong in a query into the words of the cloud's problems; faults of ours say nothing about their inside. */
// graphql by its file: a bundler takes another copy otherwise, and two copies refuse each other.
import type { TactusError } from "@tactus/shared";
import { GraphQLError } from "graphql/index.js";
import type { Plugin } from "graphql-yoga";
import type { Problem } from "../live/live-messages.js";
import type { Log } from "../log.js";
import { BadRequestError, problemOf } from "../problems.js";

/** `extensions.code` is the last word of the problem's type, `extensions.problem` all of it. */
export function maskError(error: unknown, log: Log): Error {
  if (!(error instanceof GraphQLError)) return masked(error, log);
  const cause = rootOf(error);
  if (cause) return masked(cause, log, error);
  // Words that clients of persisted queries wait for.
  if (String(error.extensions.code).startsWith("PERSISTED_QUERY")) return error;
  // The request itself: it does not parse, or does not fit the schema.
  return withProblem(error, problemOf(new BadRequestError(error.message)));
}

/** What is refused before anything is asked. */
export const refusalOf = (cause: TactusError): GraphQLError =>
  withProblem(new GraphQLError(cause.message), problemOf(cause));

/** Requests that do not fit the schema never come as far as masking. */
export const problemWords: Plugin = {
  onResultProcess({ result }) {
    const errors = "errors" in result ? result.errors : undefined;
    for (const error of errors ?? []) {
      if (String(error.extensions.code).startsWith("GRAPHQL_"))
        withProblem(error, problemOf(new BadRequestError(error.message)));
    }
  },
};

function rootOf(error: GraphQLError): Error | undefined {
  let cause = error.originalError;
  while (cause instanceof GraphQLError) cause = cause.originalError;
  return cause ?? undefined;
}

function masked(cause: unknown, log: Log, at?: GraphQLError): GraphQLError {
  const problem = problemOf(cause);
  if (problem.status === 500) log.error({ path: at?.path, err: cause }, "Query failed");
  const error = new GraphQLError(problem.status === 500 ? problem.title : problem.detail, {
    nodes: at?.nodes ?? null,
    source: at?.source ?? null,
    positions: at?.positions ?? null,
    path: at?.path ?? null,
  });
  return withProblem(error, problem);
}

function withProblem(error: GraphQLError, problem: Problem): GraphQLError {
  Object.assign(error.extensions, { code: problem.type.split(":").at(-1), problem });
  return error;
}
