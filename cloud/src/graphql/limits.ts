/** How much one request may ask for: tokens, depth, aliases, directives, cost. */
// graphql by its file: a bundler takes another copy otherwise, and two copies refuse each other.
import { EnvelopArmor } from "@escape.tech/graphql-armor";
import { getOperationAST } from "graphql/index.js";
import type { Plugin } from "graphql-yoga";
import { TooLargeError } from "../problems.js";
import { refusalOf } from "./graphql-errors.js";
import { costOf } from "./query-cost.js";

export const LIMITS = {
  tokens: 1000,
  depth: 12,
  aliases: 20,
  directives: 20,
  /** Values that an answer may hold at most: putting one into an answer takes about a microsecond, during which nobody else is heard. */
  cost: 10_000,
} as const;

/** Of each operation by itself; introspection is as deep as it is. */
export function limitPlugins(): Plugin[] {
  const armor = new EnvelopArmor({
    blockFieldSuggestion: { enabled: false },
    costLimit: { enabled: false },
    maxTokens: { n: LIMITS.tokens },
    maxDepth: { n: LIMITS.depth },
    maxAliases: { n: LIMITS.aliases },
    maxDirectives: { n: LIMITS.directives },
  });
  return [...(armor.protect().plugins as unknown as Plugin[]), costLimit()];
}

interface Asked {
  args: Parameters<NonNullable<Plugin["onExecute"]>>[0]["args"];
}

/** Counted when the variables are known: a number in a variable counts like one in the query. */
function costLimit(): Plugin {
  const refuse = ({ args }: Asked) => {
    const { schema, document, operationName, variableValues } = args;
    const operation = getOperationAST(document, operationName);
    if (!operation) return undefined;
    const cost = costOf({ schema, document, operation, variables: variableValues ?? {} });
    return cost === undefined || cost <= LIMITS.cost ? undefined : tooMuch(cost);
  };
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const error = refuse({ args });
      if (error) setResultAndStopExecution({ errors: [error] });
    },
    onSubscribe({ args, setResultAndStopExecution }) {
      const error = refuse({ args });
      if (error) setResultAndStopExecution({ errors: [error] });
    },
  };
}

const tooMuch = (cost: number) =>
  refusalOf(
    new TooLargeError(`The query asks for up to ${cost} values, ${LIMITS.cost} are allowed`, {
      field: "query",
      remedy: "Ask for fewer: a smaller first or last, fewer fields, or several queries",
    }),
  );
