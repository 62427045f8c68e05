import type { OutputRig, RigChannel, RigKind } from "@tactus/shared";
import { describe, expect, it } from "vitest";
import { frameOf } from "./dmx-frame.js";
import { type Lamp, lampsOf } from "./lamp.js";
import { seenAim, seenColour } from "./seen-light.js";

const frame = (...bytes: number[]) =>
  frameOf({ v: 1, sentAtUs: 1, universes: [{ universe: 1, channels: btoa(String.fromCharCode(...bytes)) }] }, 1);

function lamp(kind: Partial<RigKind>, spans: OutputRig["fixtures"][number]["spans"] = [[1, 1, 16]]): Lamp {
  const whole = { name: "test", channels: [], ...kind };
  const position = { x: 0, y: 0, z: 0 };
  const last = whole.channels.length;
  const own = last > 0 && !whole.pixels ? ([[1, 1, last]] as typeof spans) : spans;
  const [only] = lampsOf({
    v: 1,
    id: "r",
    kinds: [whole],
    fixtures: [{ name: "lamp", kind: 0, position, spans: own }],
    leftOut: 0,
  });
  if (!only) throw new Error("no lamp");
  return only;
}

const colours = (of: Lamp, ...bytes: number[]) => of.cells.map((cell) => seenColour(cell, frame(...bytes)));
const rgb: RigChannel[] = [{ role: "red" }, { role: "green" }, { role: "blue" }];

describe("light that is seen", () => {
  it("is the three bytes of a lamp without a dimmer", () => {
    expect(colours(lamp({ channels: rgb }), 255, 64, 0)).toEqual([[255, 64, 0]]);
  });

  it("is multiplied with the dimmer", () => {
    expect(colours(lamp({ channels: [{ role: "intensity" }, ...rgb] }), 51, 255, 100, 0)).toEqual([[51, 20, 0]]);
  });

  it("is dark behind a closed shutter, and there while it strobes", () => {
    const shutter: RigChannel = { role: "strobe", ranges: [{ from: 0, to: 9 }] };

    expect(colours(lamp({ channels: [...rgb, shutter] }), 255, 0, 0, 9)).toEqual([[0, 0, 0]]);
    expect(colours(lamp({ channels: [...rgb, shutter] }), 255, 0, 0, 200)).toEqual([[255, 0, 0]]);
  });

  it("has the colour of the wheel's slot, and is white beside the slots", () => {
    const wheel: RigChannel = { role: "color-wheel", ranges: [{ from: 16, to: 31, color: "#ff8000" }] };
    const head = lamp({ channels: [{ role: "intensity" }, wheel] });

    expect(colours(head, 255, 20)).toEqual([[255, 128, 0]]);
    expect(colours(head, 128, 200)).toEqual([[128, 128, 128]]);
  });

  it("keeps the hue where white is added, and counts an inverted channel backwards", () => {
    const cyan: RigChannel[] = [{ role: "red", invert: true }, { role: "green" }, { role: "blue" }];

    expect(colours(lamp({ channels: [...rgb, { role: "white" }] }), 255, 0, 0, 255)).toEqual([[255, 128, 128]]);
    expect(colours(lamp({ channels: cyan }), 255, 10, 20)).toEqual([[0, 10, 20]]);
  });

  it("goes cell by cell in a strip, in the order of its colours, and on into the next universe", () => {
    const strip = lamp({ pixels: "grb" }, [
      [1, 1, 6],
      [2, 1, 3],
    ]);

    expect(colours(strip, 0, 255, 0, 9, 8, 7)).toEqual([[255, 0, 0], [8, 9, 7], undefined]);
  });

  it("dims every cell of a bar with the bar's dimmer", () => {
    const cells: RigChannel[] = [1, 2].map((cell) => ({ role: "red", cell }));

    expect(colours(lamp({ channels: [{ role: "intensity" }, ...cells] }), 128, 255, 100)).toEqual([
      [128, 0, 0],
      [50, 0, 0],
    ]);
  });

  it("is not known of a universe that nobody told", () => {
    expect(colours(lamp({ pixels: "rgb" }, [[7, 1, 3]]), 255, 255, 255)).toEqual([undefined]);
  });

  it("looks where both bytes of pan and tilt say", () => {
    const head = lamp({
      channels: [
        { role: "pan" },
        { role: "pan", fine: true },
        { role: "tilt" },
        { role: "tilt", fine: true },
        { role: "intensity" },
      ],
    });
    const aim = seenAim(head, frame(128, 0, 255, 255, 9));

    expect(aim?.pan).toBeCloseTo(0.5, 4);
    expect(aim?.tilt).toBe(1);
    expect(seenAim(lamp({ channels: rgb }), frame(1, 2, 3))).toBe(undefined);
  });
});
