import { GraphQLError } from "graphql/index.js";
import { expect, test } from "vitest";
import type { Log } from "../log.js";
import { NotFoundError } from "../problems.js";
import { maskError } from "./graphql-errors.js";

function mask(error: unknown) {
  const logged: unknown[] = [];
  const log = { error: (what: unknown) => logged.push(what) } as unknown as Log;
  return { masked: maskError(error, log) as GraphQLError, logged };
}

test("an error of the cloud's own keeps its words, its remedy and its place", () => {
  const originalError = new NotFoundError("No alert 7", { remedy: "Ask for alerts" });
  const { masked, logged } = mask(new GraphQLError("No alert 7", { originalError, path: ["acknowledgeAlert"] }));

  expect(masked.toJSON()).toMatchObject({ message: "No alert 7", path: ["acknowledgeAlert"] });
  expect(masked.extensions).toMatchObject({ code: "not-found", problem: { status: 404, remedy: "Ask for alerts" } });
  expect(logged).toEqual([]);
});

test("a fault says nothing of its inside, and is logged", () => {
  const originalError = new TypeError("Cannot read properties of undefined (reading 'secret')");
  const { masked, logged } = mask(new GraphQLError(originalError.message, { originalError }));

  expect(JSON.stringify(masked)).not.toContain("secret");
  expect(masked.extensions).toMatchObject({ code: "internal", problem: { status: 500 } });
  expect(logged).toMatchObject([{ err: originalError }]);
});
