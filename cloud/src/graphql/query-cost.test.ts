import { type OperationDefinitionNode, parse } from "graphql/index.js";
import { expect, test } from "vitest";
import { costOf } from "./query-cost.js";
import { graphqlSchema } from "./schema.js";

function cost(query: string, variables: Record<string, unknown> = {}) {
  const document = parse(query);
  const operation = document.definitions[0] as OperationDefinitionNode;
  return costOf({ schema: graphqlSchema(), document, operation, variables });
}

test("every field counts one, and a page as often as it is asked for", () => {
  expect(cost('{ track(id: "t-1") { id } }')).toBe(2);
  expect(cost("{ tracks(first: 20) { nodes { id } } }")).toBe(1 + 20 * 2);
  expect(cost("{ tracks { nodes { id } } }")).toBe(1 + 50 * 2);
  expect(cost("{ tracks(first: 20) { nodes { versions { id } } } }")).toBe(1 + 20 * (1 + 1 + 10));
});

test("a number in a variable counts like one in the query", () => {
  const query = "query($n: Int! = 7) { tracks(first: $n) { nodes { id } } }";
  expect(cost(query, { n: 400 })).toBe(1 + 400 * 2);
  expect(cost(query)).toBe(1 + 7 * 2);
  expect(cost(query, { n: "many" })).toBeUndefined();
});

test("a negative number makes nothing cheaper", () => {
  expect(cost("{ tracks(first: -5) { nodes { id } } }")).toBe(1 + 2);
});

test("fragments count where they are spread, and are walked through once", () => {
  const twice = Array.from({ length: 60 }, (_, k) => `fragment f${k} on Query { ...f${k + 1} ...f${k + 1} }`).join(" ");
  expect(cost("{ ...a ... on Query { models { name } } } fragment a on Query { models { name } }")).toBe(2 * 11);
  expect(cost(`{ ...f0 } ${twice} fragment f60 on Query { __typename }`)).toBe(2 ** 60);
});
