/** Whatever goes wrong in a query into the words of the cloud's problems; faults of ours say nothing about their inside. */
// graphql by its file: a bundler takes another copy otherwise, and two copies refuse each other.
import { GraphQLError } from "graphql/index.js";
import type { Problem } from "../live/live-messages.js";
import type { Log } from "../log.js";
import { BadRequestError, problemOf } from "../problems.js";

/** `extensions.code` is the last word of the problem's type, `extensions.problem` all of it. */
export function maskError(error: unknown, log: Log): Error {
  if (!(error instanceof GraphQLError)) return masked(error, log);
  const cause = rootOf(error);
  if (cause) return masked(cause, log, error);
  // Of the request itself: it does not parse, does not fit the schema, or was refused with a code already.
  if (error.extensions.code !== undefined) return error;
  return withProblem(error, problemOf(new BadRequestError(error.message)));
}

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
