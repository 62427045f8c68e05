import { InputError } from "@tactus/shared";
import { describe, expect, test } from "vitest";
import { BUILT_IN_PROFILES } from "./built-in-profiles.js";
import { patchRig } from "./patch.js";
import { RigConfig } from "./rig-config.js";

const patch = (...fixtures: object[]) =>
  patchRig(RigConfig.parse({ fixtures }), (name) => BUILT_IN_PROFILES.get(name)!);
const par = (name: string, channel: number, universe = 1) => ({ name, profile: "rgb-par", channel, universe });

describe("patch", () => {
  test("a fixture's channels follow its address", () => {
    const [fixture] = patch(par("par-1", 10)).fixtures;

    expect(fixture!.channels.map(({ role, at }) => [role, at])).toEqual([
      ["red", 9],
      ["green", 10],
      ["blue", 11],
    ]);
  });

  test("an overlap names both fixtures, their channels and a way out", () => {
    expect(() => patch(par("par-1", 1), par("par-2", 3))).toThrow(
      new InputError(
        'Fixtures "par-1" (universe 1, channels 1–3) and "par-2" (universe 1, channels 3–5) overlap: "par-2" could begin at channel 4 of universe 1',
      ),
    );
  });

  test("the same channels of two universes do not overlap", () => {
    expect(patch(par("par-1", 1, 1), par("par-2", 1, 7)).universes).toEqual([1, 7]);
  });

  test("a fixture that does not fit before 512 is refused with the last address that would do", () => {
    expect(() => patch(par("par-1", 511))).toThrow(/"par-1" needs channels 511–513 .* put it at 510 or before/);
  });

  test("a strip runs on into the next universe after 170 pixels of three channels", () => {
    const [strip] = patch({ name: "strip", profile: "pixel-strip", channel: 1, pixels: 200 }).fixtures;

    expect(strip!.spans).toEqual([
      { universe: 1, from: 1, to: 510 },
      { universe: 2, from: 1, to: 90 },
    ]);
    expect(strip!.channels[510]).toMatchObject({ role: "red", cell: 171, at: 512 });
  });

  test("a strip that begins in the middle keeps its pixels whole", () => {
    const [strip] = patch({ name: "strip", profile: "pixel-strip", channel: 508, pixels: 2 }).fixtures;

    expect(strip!.spans).toEqual([
      { universe: 1, from: 508, to: 510 },
      { universe: 2, from: 1, to: 3 },
    ]);
  });

  test("a strip and a par in the universe it runs into are told apart", () => {
    const strip = { name: "strip", profile: "pixel-strip", channel: 1, pixels: 171 };

    expect(() => patch(strip, par("par-1", 2, 2))).toThrow(
      /"strip" \(universe 1, channels 1–510, universe 2, channels 1–3\)/,
    );
  });

  test("a mode that the profile lacks is answered with those it has", () => {
    expect(() => patch({ ...par("par-1", 1), mode: "9ch" })).toThrow(
      /has no mode "9ch": use "3 channels", "4 channels/,
    );
  });

  test("a strip without a number of pixels is refused, and so are pixels of a par", () => {
    expect(() => patch({ name: "strip", profile: "pixel-strip", channel: 1 })).toThrow(/"strip" needs "pixels"/);
    expect(() => patch({ ...par("par-1", 1), pixels: 3 })).toThrow(/has no pixels in mode/);
  });
});

describe("rig configuration", () => {
  test.each([
    [{ fixtures: [par("a", 1), par("a", 4)] }, /two fixtures are called "a"/],
    [{ fixtures: [par("a", 1)], groups: { left: ["b"] } }, /no fixture is called "b"/],
    [
      { fixtures: [par("a", 1)], looks: { x: { effects: [{ effect: "pulse", group: "left" }] } } },
      /no group is called "left"/,
    ],
    [
      { fixtures: [par("a", 1)], looks: { x: { palette: "sea", effects: [{ effect: "pulse" }] } } },
      /no palette is called "sea"/,
    ],
    [{ fixtures: [par("a", 1)], program: { looks: ["x"] } }, /no look is called "x"/],
    [{ fixtures: [par("Par 1", 1)] }, /may hold only a–z/],
  ])("refuses what is named but not there: %j", (rig, reason) => {
    const result = RigConfig.safeParse(rig);

    expect(result.error?.issues.map(({ message }) => message).join()).toMatch(reason);
  });
});
