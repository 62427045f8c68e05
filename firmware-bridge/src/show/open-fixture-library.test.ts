import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { importFixture } from "./open-fixture-library.js";

/** A lamp of our own making, in the library's format. */
const HEAD = {
  $schema: "https://raw.githubusercontent.com/OpenLightingProject/open-fixture-library/master/schemas/fixture.json",
  name: "Sample Head",
  manufacturerKey: "sample",
  wheels: {
    "Color Wheel": {
      slots: [
        { type: "Open" },
        { type: "Color", name: "Red", colors: ["#ff0000"] },
        { type: "Color", name: "Two", colors: ["#00ff00"] },
      ],
    },
    "Gobo Wheel": { slots: [{ type: "Open" }, { type: "Gobo" }] },
  },
  availableChannels: {
    Pan: {
      fineChannelAliases: ["Pan fine", "Pan finest"],
      capability: { type: "Pan", angleStart: "0deg", angleEnd: "540deg" },
    },
    Tilt: { capability: { type: "Tilt", angleStart: "0deg", angleEnd: "270deg" } },
    Dimmer: {
      fineChannelAliases: ["Dimmer fine"],
      capabilities: [{ dmxRange: [0, 65535], type: "Intensity" }],
    },
    Shutter: {
      capabilities: [
        { dmxRange: [0, 19], type: "ShutterStrobe", shutterEffect: "Closed" },
        { dmxRange: [20, 99], type: "ShutterStrobe", shutterEffect: "Strobe", speedStart: "1Hz", speedEnd: "18Hz" },
        { dmxRange: [100, 255], type: "ShutterStrobe", shutterEffect: "Open" },
      ],
    },
    "Color Wheel": {
      defaultValue: 0,
      capabilities: [
        { dmxRange: [0, 9], type: "WheelSlot", slotNumber: 1 },
        { dmxRange: [10, 19], type: "WheelSlot", slotNumber: 2 },
        { dmxRange: [20, 29], type: "WheelSlot", slotNumber: 2.5 },
        { dmxRange: [30, 39], type: "WheelSlot", slotNumber: 3 },
        { dmxRange: [40, 255], type: "WheelRotation", speedStart: "slow CW", speedEnd: "fast CW" },
      ],
    },
    "Gobo Wheel": {
      capabilities: [
        { dmxRange: [0, 127], type: "WheelSlot", slotNumber: 2 },
        { dmxRange: [128, 255], type: "WheelSlot", slotNumber: 1 },
      ],
    },
    Cyan: { capability: { type: "ColorIntensity", color: "Cyan" } },
    Macro: {
      defaultValue: "50%",
      capability: { type: "Effect", effectName: "Show", switchChannels: { Extra: "Speed" } },
    },
    Speed: { capability: { type: "EffectSpeed", speedStart: "slow", speedEnd: "fast" } },
  },
  modes: [
    {
      name: "Full",
      channels: [
        "Pan",
        "Pan fine",
        "Pan finest",
        "Tilt",
        "Dimmer",
        "Dimmer fine",
        "Shutter",
        "Color Wheel",
        "Gobo Wheel",
        "Cyan",
        "Macro",
        "Extra",
        null,
      ],
    },
  ],
};

const BAR = {
  name: "Sample Bar",
  matrix: { pixelCount: [2, 2, 1], pixelGroups: { Left: ["(1, 1)", "(1, 2)"] } },
  availableChannels: { Master: { capability: { type: "Intensity" } } },
  templateChannels: {
    "Red $pixelKey": {
      fineChannelAliases: ["Red $pixelKey fine"],
      capability: { type: "ColorIntensity", color: "Red" },
    },
    "Blue $pixelKey": { capability: { type: "ColorIntensity", color: "Blue" } },
  },
  modes: [
    {
      name: "rows",
      channels: [
        "Master",
        {
          insert: "matrixChannels",
          repeatFor: "eachPixelXYZ",
          channelOrder: "perPixel",
          templateChannels: ["Red $pixelKey", "Blue $pixelKey"],
        },
      ],
    },
    {
      name: "columns",
      channels: [
        {
          insert: "matrixChannels",
          repeatFor: "eachPixelYXZ",
          channelOrder: "perChannel",
          templateChannels: ["Red $pixelKey", "Red $pixelKey fine"],
        },
      ],
    },
    { name: "left only", channels: ["Red Left", "Blue Left"] },
  ],
};

const columns = (json: unknown, mode = 0) => importFixture(json).modes[mode]!.channels;

describe("Open Fixture Library import", () => {
  test("roles come from what channels can do, in the mode's order", () => {
    expect(columns(HEAD).map(({ role, fine }) => (fine ? `${role} fine` : role))).toEqual([
      "pan",
      "pan fine",
      "generic",
      "tilt",
      "intensity",
      "intensity fine",
      "strobe",
      "color-wheel",
      "generic",
      "red",
      "generic",
      "generic",
      "generic",
    ]);
  });

  test("a shutter keeps its ranges and speeds", () => {
    expect(columns(HEAD)[6]!.ranges).toEqual([
      { from: 0, to: 19, does: "closed" },
      { from: 20, to: 99, does: "strobe", hz: [1, 18] },
      { from: 100, to: 255, does: "open" },
    ]);
  });

  test("a colour wheel knows the colour of each slot, and leaves split colours and rotation alone", () => {
    expect(columns(HEAD)[7]!.ranges.map(({ does, color }) => color ?? does)).toEqual([
      "#ffffff",
      "#ff0000",
      "other",
      "#00ff00",
      "rotate",
    ]);
  });

  test("a gobo wheel rests at its open slot, a macro at its default, cyan is red taken away", () => {
    const channels = columns(HEAD);

    expect([channels[8]!.default, channels[10]!.default, channels[9]!.invert]).toEqual([128, 127, true]);
  });

  test("a switching channel is what it is at rest", () => {
    expect(columns(HEAD)[11]).toMatchObject({ role: "generic", name: "Extra" });
  });

  test("a matrix repeats its channels pixel by pixel, row by row", () => {
    expect(columns(BAR).map(({ name, cell }) => [name, cell])).toEqual([
      ["Master", undefined],
      ["Red (1, 1)", 1],
      ["Blue (1, 1)", 1],
      ["Red (2, 1)", 2],
      ["Blue (2, 1)", 2],
      ["Red (1, 2)", 3],
      ["Blue (1, 2)", 3],
      ["Red (2, 2)", 4],
      ["Blue (2, 2)", 4],
    ]);
  });

  test("and channel by channel, column by column, with fine bytes at their pixels", () => {
    const channels = columns(BAR, 1);

    expect(channels.slice(0, 4).map(({ name }) => name)).toEqual([
      "Red (1, 1)",
      "Red (1, 2)",
      "Red (2, 1)",
      "Red (2, 2)",
    ]);
    expect(channels.slice(4).map(({ role, fine, cell }) => [role, fine, cell])).toEqual([
      ["red", true, 1],
      ["red", true, 2],
      ["red", true, 3],
      ["red", true, 4],
    ]);
  });

  test("a group of pixels is a cell", () => {
    expect(columns(BAR, 2).map(({ role, cell }) => [role, cell])).toEqual([
      ["red", 1],
      ["blue", 1],
    ]);
  });

  test("a dimmer that shares its channel with a strobe is held at its brightest", () => {
    const capabilities = [
      { dmxRange: [0, 189], type: "Intensity" },
      { dmxRange: [190, 255], type: "Effect", effectName: "Sound" },
    ];
    const json = {
      name: "Par",
      availableChannels: { Dim: { capabilities } },
      modes: [{ name: "1ch", channels: ["Dim"] }],
    };

    expect(columns(json)[0]).toMatchObject({ role: "generic", default: 189 });
  });

  test.each([
    [{ redirectTo: "brand/other" }, /only points to brand\/other/],
    [{ name: "x", modes: [] }, /modes/],
    [
      { name: "Par", availableChannels: {}, modes: [{ name: "1ch", channels: ["Dim"] }] },
      /mode "1ch" uses "Dim", which no channel is called/,
    ],
    [{ ...BAR, matrix: undefined, modes: [BAR.modes[1]] }, /a mode repeats channels but there is no "matrix"/],
  ])("says what is wrong with %j", (json, reason) => {
    expect(() => importFixture(json)).toThrow(reason);
  });

  test("JSON of any kind is taken or refused, never anything else", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom("modes", "matrix", "wheels", "availableChannels"), (value, field) => {
        try {
          importFixture({ ...HEAD, [field]: value });
        } catch (error) {
          expect((error as { code?: string }).code).toBe("bad-input");
        }
      }),
      { numRuns: 300 },
    );
  });
});
