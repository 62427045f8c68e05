import { MAX_MESSAGE_BYTES, OutputRig } from "@tactus/shared";
import { describe, expect, test } from "vitest";
import { describeRig } from "./describe-rig.js";
import { RigConfig } from "./rig-config.js";

const rigOf = (fixtures: object[]) =>
  describeRig(RigConfig.parse({ fixtures }), (name) => {
    throw new Error(`not built in: ${name}`);
  });

describe("description of a rig", () => {
  test("says where each lamp hangs and what each of its bytes does", () => {
    const rig = rigOf([
      { name: "left", profile: "rgb-par", channel: 1, position: { x: -2, y: 3 } },
      { name: "right", profile: "rgb-par", channel: 4, universe: 2 },
    ]);

    expect(rig.kinds).toEqual([
      { name: "RGB par, 3 channels", channels: [{ role: "red" }, { role: "green" }, { role: "blue" }] },
    ]);
    expect(rig.fixtures).toEqual([
      { name: "left", kind: 0, position: { x: -2, y: 3, z: 0 }, spans: [[1, 1, 3]] },
      { name: "right", kind: 0, position: { x: 1, y: 0, z: 0 }, spans: [[2, 4, 6]] },
    ]);
    expect(rig.leftOut).toBe(0);
  });

  test("tells the colours of a wheel, both bytes of pan and the order of a strip's pixels", () => {
    const { kinds, fixtures } = rigOf([
      { name: "head", profile: "moving-head", channel: 1 },
      { name: "strip", profile: "pixel-strip", mode: "grb", universe: 2, channel: 1, pixels: 192 },
    ]);

    expect(kinds[0]?.channels.slice(0, 2)).toEqual([{ role: "pan" }, { role: "pan", fine: true }]);
    expect(kinds[0]?.channels.at(-1)?.ranges?.[1]).toEqual({ from: 16, to: 31, color: "#ff0000" });
    expect(kinds[1]).toEqual({ name: "Pixel strip, grb", channels: [], pixels: "grb" });
    expect(fixtures[1]?.spans).toEqual([
      [2, 1, 510],
      [3, 1, 66],
    ]);
  });

  test("has the same id for the same rig and another one for another", () => {
    const one = { name: "par", profile: "rgb-par", channel: 1 };

    expect(rigOf([one]).id).toBe(rigOf([one]).id);
    expect(rigOf([one]).id).not.toBe(rigOf([{ ...one, channel: 2 }]).id);
  });

  test("counts the lamps that find no room in a message", () => {
    const many = Array.from({ length: 3000 }, (_, index) => ({
      name: `par-${index}`,
      profile: "rgb-par",
      universe: 1 + Math.floor(index / 100),
      channel: 1 + (index % 100) * 3,
    }));
    const rig = rigOf(many);

    expect(OutputRig.parse(rig)).toEqual(rig);
    expect(rig.fixtures.length + rig.leftOut).toBe(3000);
    expect(rig.leftOut).toBeGreaterThan(0);
    expect(JSON.stringify(rig).length).toBeLessThan(MAX_MESSAGE_BYTES / 4);
  });
});
