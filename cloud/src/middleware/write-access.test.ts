import { describe, expect, it } from "vitest";
import { bearerToken, WriteAccess } from "./write-access.js";

describe("write access", () => {
  it("is everybody's on loopback", () => {
    const access = new WriteAccess({ token: undefined });

    expect(access.needsToken).toBe(false);
    expect(() => access.require(undefined)).not.toThrow();
  });

  it("elsewhere is the token's, and says where to find it", () => {
    const access = new WriteAccess({ token: "0123456789abcdef" });

    expect(() => access.require("0123456789abcdef")).not.toThrow();
    expect(() => access.require("wrong")).toThrow("The token is wrong");
    expect(() => access.require(undefined)).toThrow("wants a token");
  });

  it("reads a bearer token and nothing else from a header", () => {
    expect(bearerToken("Bearer abc")).toBe("abc");
    expect(bearerToken("bearer  abc")).toBe("abc");
    expect(bearerToken("Basic abc")).toBe(undefined);
    expect(bearerToken(undefined)).toBe(undefined);
  });
});
