import { describe, expect, test } from "vitest";
import { parseWledInfo } from "./wled-info.js";

const infoWith = (lines: object): string =>
  JSON.stringify({ ver: "0.15.0", name: "Bar", leds: { count: 120, rgbw: false }, u: lines });

describe("parseWledInfo()", () => {
  test("reads name, version and size", () => {
    expect(parseWledInfo(infoWith({}))).toEqual({ name: "Bar", version: "0.15.0", ledCount: 120, soundSync: "none" });
  });

  test.each([
    ["receiving", { AudioReactive: ["<b>"], "UDP Sound Sync": ["receive mode", " v2"] }],
    ["receiving", { "UDP Sound Sync": ["receiving v", "2"] }],
    ["receiving", { "Sound Sync": ["UDP", " -", " receive", " v2"] }],
    ["waiting", { "UDP Sound Sync": ["receive mode"] }],
    ["waiting", { "UDP Sound Sync": ["receive mode", " <i>(unconnected)</i>"] }],
    ["waiting", { "UDP Sound Sync": ["idle"] }],
    ["off", { "UDP Sound Sync": ["off"] }],
    ["off", { "UDP Sound Sync": ["send mode", " v2"] }],
    ["off", { AudioReactive: ["<b>"] }],
    ["none", {}],
  ])("tells %s from %j", (soundSync, lines) => {
    expect(parseWledInfo(infoWith(lines))?.soundSync).toBe(soundSync);
  });

  test.each(["", "{", "[]", "null", '{"name":"a printer"}', `{"ver":"1","x":"${"a".repeat(70_000)}"}`])(
    "takes nothing from what is no WLED (%#)",
    (text) => {
      expect(parseWledInfo(text)).toBeUndefined();
    },
  );
});
