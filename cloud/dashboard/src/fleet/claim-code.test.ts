import { describe, expect, it } from "vitest";
import { codeAsTyped, isWholeCode, slugOf, tagsOf } from "./claim-code.js";

describe("claim code", () => {
  it("is shown as the box shows it, however it is typed", () => {
    expect(codeAsTyped("abcd 2345")).toBe("ABCD-2345");
    expect(codeAsTyped("ab")).toBe("AB");
    expect(codeAsTyped("ABCD-")).toBe("ABCD");
    expect(codeAsTyped("abcd23456789")).toBe("ABCD-2345");
    expect(codeAsTyped("a0b1c d!2")).toBe("ABCD-2");
    expect(isWholeCode("abcd-234")).toBe(false);
    expect(isWholeCode("abcd-2345")).toBe(true);
  });

  it("makes slugs of names that people give", () => {
    expect(slugOf("Café del Mar 2")).toBe("cafe-del-mar-2");
    expect(slugOf("  Große Halle! ")).toBe("grosse-halle");
    expect(slugOf("東京")).toBe("");
    expect(slugOf("a".repeat(80))).toHaveLength(63);
    expect(slugOf(`${"a".repeat(62)} b`)).toBe("a".repeat(62));
  });

  it("reads tags however they are separated", () => {
    expect(tagsOf("berlin, canary  berlin;beta")).toEqual(["berlin", "canary", "beta"]);
    expect(tagsOf("  ")).toEqual([]);
  });
});
