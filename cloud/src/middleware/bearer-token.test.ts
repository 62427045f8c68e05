import { expect, it } from "vitest";
import { bearerToken } from "./bearer-token.js";

it("reads a bearer token and nothing else from a header", () => {
  expect(bearerToken("Bearer abc")).toBe("abc");
  expect(bearerToken("bearer  abc")).toBe("abc");
  expect(bearerToken("Basic abc")).toBe(undefined);
  expect(bearerToken(undefined)).toBe(undefined);
});
