import { InputError } from "@tactus/shared";
import { describe, expect, test } from "vitest";
import { OscConfig } from "./osc-config.js";
import { encodeOsc, scriptOf } from "./osc-script.js";
import { restValues, valuesOfCue } from "./osc-values.js";

const configWith = (settings: object): OscConfig =>
  OscConfig.parse({ type: "osc", targets: [{ host: "h" }], ...settings });

const cue = {
  ...{ beatId: "a-1", dueAt: 10, fireAt: 10, beatInBar: 1, beatsPerBar: 4, bar: 16, bpm: 128.256, confidence: 0.9 },
  ...{ energy: { low: 0.5, mid: 0.25, high: 0.125 }, source: "announced" as const },
};
const values = valuesOfCue(restValues("following"), cue, 8);

/** Addresses by event, as the preset sends them. */
const linesOf = (config: OscConfig): string[] => scriptOf(config).map(({ when, address }) => `${when} ${address}`);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("script", () => {
  test("of grandMA3 sets a speed master, and presses keys only where the operator named them", () => {
    expect(linesOf(configWith({ preset: "grandma3" }))).toEqual(["tempo /cmd"]);
    expect(linesOf(configWith({ preset: "grandma3", values: { beatKey: 201, page: 2 }, prefix: "/gma3" }))).toEqual([
      "tempo /gma3/cmd",
      "beat /gma3/Page2/Key201",
    ]);
  });

  test("of Eos fires the macros that were named, and is refused when none was", () => {
    expect(linesOf(configWith({ preset: "eos", values: { barMacro: 902 } }))).toEqual(["bar /eos/macro/902/fire"]);
    expect(() => scriptOf(configWith({ preset: "eos" }))).toThrow(
      "OSC preset eos has nothing to send: give one of beatMacro, barMacro, phraseMacro under values",
    );
  });

  test("adds the operator's messages to the preset's", () => {
    const messages = [{ when: "beat", address: "/my/{lamp}/go", args: [{ int: "beatInBar" }] }];

    const lines = linesOf(configWith({ preset: "resolume", messages, values: { lamp: "left" } }));

    expect(lines).toEqual([
      "tempo /composition/tempocontroller/tempo",
      "bar /composition/tempocontroller/resync",
      "beat /my/left/go",
    ]);
  });

  test("names the placeholder that nothing fills", () => {
    const unfilled = configWith({ preset: "none", messages: [{ when: "beat", address: "/a", args: ["{tempo}"] }] });

    expect(() => scriptOf(unfilled)).toThrow('OSC message /a: "tempo" is no value: name it under values');
  });

  test.each(["/a b", "/a#", "/ä", "/a{", "/a*"])("refuses the address %j", (address) => {
    const bad = configWith({ preset: "none", messages: [{ when: "beat", address }] });

    expect(() => scriptOf(bad)).toThrow(InputError);
  });

  test("refuses time tags for a receiver without bundles", () => {
    expect(() => scriptOf(configWith({ preset: "grandma3", timeTags: true }))).toThrow(/knows no bundles/);
  });
});

describe("encodeOsc()", () => {
  test("makes the bytes that ETC publishes for /eos/ping", () => {
    const packet = encodeOsc({ address: "/eos/ping", args: [] }, values);

    expect(hex(packet)).toBe("2f656f732f70696e670000002c000000");
  });

  test("fills numbers, cuts text to decimals and maps a range to 0..1", () => {
    const args = [
      { float: "bpm" as const, range: [20, 500] as [number, number] },
      { int: "bar" as const },
      "{bpm:2} {mode}",
    ];

    const packet = Buffer.from(encodeOsc({ address: "/a", args }, values));

    expect(packet.subarray(4, 12).toString()).toBe(",fis\0\0\0\0");
    expect(packet.readFloatBE(12)).toBeCloseTo(0.22553, 5);
    expect(packet.readInt32BE(16)).toBe(16);
    expect(packet.subarray(20).toString()).toBe("128.26 following\0\0\0\0");
  });

  test("sends truths without data", () => {
    expect(hex(encodeOsc({ address: "/a", args: [true, false] }, values))).toBe("2f6100002c544600");
  });

  test("wraps a message into a bundle that says when it is due", () => {
    const packet = encodeOsc({ address: "/a", args: [] }, values, [0x83aa7e80, 0x80000000]);

    expect(hex(packet)).toBe("2362756e646c6500" + "83aa7e8080000000" + "00000008" + "2f6100002c000000");
  });
});

test("count goes on from the last known place while the place in the bar is unknown", () => {
  const unknown = { ...cue, beatInBar: 0 };
  const counts = [];
  let now = restValues("following");
  for (const next of [{ ...cue, beatInBar: 3 }, unknown, unknown, cue]) {
    now = valuesOfCue(now, next, 8);
    counts.push([now.beatInBar, now.count]);
  }

  expect(counts).toEqual([
    [3, 3],
    [0, 4],
    [0, 1],
    [1, 1],
  ]);
});
