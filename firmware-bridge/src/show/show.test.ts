import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { BeatPose, OutputMode } from "../outputs/output.js";
import { loadProfiles } from "./profile-files.js";
import { RigConfig } from "./rig-config.js";
import { createShow, type Show, type ShowOptions } from "./show.js";

const none: ShowOptions["loadProfile"] = (name) => {
  throw new Error(`No profile ${name}`);
};
const pars = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    name: `par-${index + 1}`,
    profile: "rgb-par",
    channel: 3 * index + 1,
  }));

interface RigSettings {
  fixtures?: object[];
  palette?: string;
  palettes?: Record<string, string[]>;
  idle?: object;
}

/** Pars in white under one look, unless told otherwise. */
function rig(effects: object[], { fixtures = pars(4), palette = "white", ...rest }: RigSettings = {}): Show {
  const looks = { look: { palette, effects } };
  return createShow(RigConfig.parse({ fixtures, looks, program: { looks: ["look"] }, ...rest }), { loadProfile: none });
}

/** 120 BPM, 4/4, from beat 0 at 0 s. */
function pose(beats: number, settings: Partial<BeatPose> & { mode?: OutputMode } = {}): BeatPose {
  return {
    at: beats / 2,
    beatPosition: beats,
    beatPhase: beats % 1,
    barPhase: beats % 4,
    beatsPerBar: 4,
    bar: Math.floor(beats / 4),
    bpm: 120,
    confidence: 1,
    energy: { low: 0.5, mid: 0.5, high: 0.5 },
    mode: "following",
    level: 1,
    ...settings,
  };
}

/** The red byte of each par. */
function reds(show: Show, at: BeatPose, count = 4): number[] {
  show.render(at);
  return Array.from({ length: count }, (_, index) => show.channels(1)[3 * index]!);
}

describe("effects", () => {
  test("a pulse is at its peak exactly on the beat and only falls after it", () => {
    const show = rig([{ effect: "pulse", floor: 0 }], { fixtures: pars(1) });
    const levels = [0, 0.1, 0.2, 0.5, 0.9, 1].map((beats) => reds(show, pose(beats), 1)[0]!);

    expect(levels).toEqual([255, 195, 143, 36, 0, 255]);
  });

  test("a phase of the bar that is off in its last digit does not move the beat", () => {
    const show = rig([{ effect: "pulse", floor: 0 }], { fixtures: pars(1) });

    expect(reds(show, pose(3, { barPhase: 2.9999999999 }), 1)).toEqual([255]);
  });

  test("an off-beat pulse has its peak between the beats", () => {
    const show = rig([{ effect: "pulse", offset: 0.5, decay: 0.4, floor: 0 }], { fixtures: pars(1) });

    expect([reds(show, pose(1), 1), reds(show, pose(1.5), 1)]).toEqual([[0], [255]]);
  });

  test("a chase moves one par per beat; backward and bounce do so their way", () => {
    const places = (direction: string) => {
      const show = rig([{ effect: "chase", direction }]);
      return [0, 1, 2, 3, 4, 5].map((beat) => reds(show, pose(beat)).indexOf(255));
    };

    expect(places("forward")).toEqual([0, 1, 2, 3, 0, 1]);
    expect(places("backward")).toEqual([3, 2, 1, 0, 3, 2]);
    expect(places("bounce")).toEqual([0, 1, 2, 3, 2, 1]);
  });

  test("a tail falls behind the head", () => {
    const show = rig([{ effect: "chase", tail: 2 }]);

    expect([reds(show, pose(2)), reds(show, pose(2.5))]).toEqual([
      [128, 255, 255, 0],
      [64, 191, 255, 0],
    ]);
  });

  test("halves alternate with every beat", () => {
    const show = rig([{ effect: "alternate", floor: 0 }]);

    expect([reds(show, pose(0)), reds(show, pose(1))]).toEqual([
      [255, 0, 255, 0],
      [0, 255, 0, 255],
    ]);
  });

  test("the colour changes on the downbeat, at once or over a fade", () => {
    const palettes = { two: ["#ff0000", "#0000ff"] };
    const show = rig([{ effect: "steady" }, { effect: "color-per-bar", fade: 2 }], {
      palette: "two",
      palettes,
      fixtures: pars(1),
    });
    const colors = [3.9, 4, 5, 6].map((beats) => {
      show.render(pose(beats));
      return Array.from(show.channels(1).subarray(0, 3));
    });

    expect(colors).toEqual([
      [255, 0, 0],
      [255, 0, 0],
      [128, 0, 128],
      [0, 0, 255],
    ]);
  });

  test("loudness multiplies what is there", () => {
    const show = rig([{ effect: "steady" }, { effect: "energy", floor: 0, gain: 1, band: "low" }]);

    expect(reds(show, pose(1, { energy: { low: 0.4, mid: 1, high: 1 } }))).toEqual([102, 102, 102, 102]);
  });

  test("a sweep turns around home, mirrored where it is told, in 16 bits", () => {
    const heads = [
      { name: "a", profile: "moving-head", channel: 1 },
      { name: "b", profile: "moving-head", channel: 8, mirror: true },
    ];
    const show = rig([{ effect: "sweep", every: 4, pan: 0.25, tilt: 0, spread: 0 }], { fixtures: heads });
    show.render(pose(1));
    const pan = (at: number) => (show.channels(1)[at]! << 8) | show.channels(1)[at + 1]!;

    expect([pan(0), pan(7)]).toEqual([49151, 16384]);
  });

  test("fixtures of any kind show the colour with the light they have", () => {
    const fixtures = [
      { name: "wash", profile: "rgbw-par", channel: 1 },
      { name: "head", profile: "moving-head", channel: 11 },
      { name: "dimmer", profile: "dimmer", mode: "16 bit", channel: 21 },
    ];
    const show = rig([{ effect: "steady", level: 0.5 }], {
      fixtures,
      palette: "mine",
      palettes: { mine: ["#ff4040"] },
    });
    show.render(pose(0));
    const bytes = (from: number, count: number) => Array.from(show.channels(1).subarray(from - 1, from - 1 + count));

    expect(bytes(1, 6)).toEqual([128, 191, 0, 0, 64, 0]); // dimmer, red, green, blue, white, shutter open
    expect(bytes(15, 3)).toEqual([128, 0, 23]); // dimmer, shutter open, the red of the wheel
    expect(bytes(21, 2)).toEqual([128, 0]);
  });
});

describe("show", () => {
  test("the same poses give the same bytes, whoever else was shown in between", () => {
    const effects = [{ effect: "chase", tail: 1 }, { effect: "color-per-bar" }, { effect: "energy" }];
    const [one, two] = [rig(effects, { palette: "party" }), rig(effects, { palette: "party" })];
    for (let beat = 0; beat < 40; beat += 0.21) one.render(pose(beat));
    for (let beat = 0; beat < 40; beat += 0.21) {
      two.render(pose(beat));
      two.render(pose(beat));
    }

    expect(two.channels(1)).toEqual(one.channels(1));
  });

  test("holding freezes what was sent", () => {
    const show = rig([{ effect: "pulse" }]);
    const before = reds(show, pose(0.3));

    expect([reds(show, pose(1, { mode: "holding" })), reds(show, pose(1.5, { mode: "holding" }))]).toEqual([
      before,
      before,
    ]);
  });

  test("a blackout is dark at once, and a hold after it shows what was there before", () => {
    const show = rig([{ effect: "pulse" }]);
    const before = reds(show, pose(0.3));
    const dark = reds(show, pose(0.4, { mode: "blackout" }));

    expect([dark, reds(show, pose(1.5, { mode: "holding" }))]).toEqual([[0, 0, 0, 0], before]);
  });

  test("fading goes from the look to the quiet one, idle is the quiet one", () => {
    const show = rig([{ effect: "steady" }], { idle: { color: "#ff0000", level: 0.2 }, fixtures: pars(1) });
    const colors = (
      [
        ["fading", 1],
        ["fading", 0.5],
        ["fading", 0],
        ["idle", 0],
      ] as const
    ).map(([mode, level], index) => {
      show.render(pose(index * 4, { mode, level }));
      return Array.from(show.channels(1).subarray(0, 3));
    });

    expect(colors).toEqual([
      [255, 255, 255],
      [153, 128, 128],
      [51, 0, 0],
      [51, 0, 0],
    ]);
  });

  test("looks change every so many bars, and at once on a drop", () => {
    const looks = { a: { effects: [{ effect: "steady" }] }, b: { effects: [{ effect: "pulse" }] } };
    const config = RigConfig.parse({
      fixtures: pars(1),
      looks,
      program: { looks: ["a", "b"], every: 2, buildUp: { look: "none" } },
    });
    const show = createShow(config, { loadProfile: none });
    const lookAt = (beats: number) => {
      show.render(pose(beats));
      return show.look;
    };
    const before = [0, 7.9, 8, 15.9, 16].map(lookAt);
    show.expect({ kind: "drop", at: 9 });

    expect(before).toEqual(["a", "a", "b", "b", "a"]);
    expect([17.9, 18].map(lookAt)).toEqual(["a", "b"]);
  });

  test("towards a drop the build-up is played, brighter and whiter", () => {
    const show = createShow(RigConfig.parse({ fixtures: pars(1) }), { loadProfile: none });
    show.expect({ kind: "drop", at: 16 });
    const seen = [16, 24, 31].map((beats) => {
      show.render(pose(beats));
      return [show.look, show.channels(1)[1]];
    });

    expect(seen.map(([look]) => look)).toEqual(["pulse", "build-up", "build-up"]);
    expect(Number(seen[2]![1])).toBeGreaterThan(Number(seen[1]![1]));
  });

  test("a desk's light is merged in, its priority above ours takes the universe, a blackout darkens the rest", () => {
    const channels = Uint8Array.from([9, 250]);
    let priority = 100;
    const incoming = [{ universe: () => [{ universe: 1, source: "desk", priority, channels, receivedAt: 0 }] }];
    const config = RigConfig.parse({
      fixtures: pars(1),
      looks: { look: { palette: "white", effects: [{ effect: "steady", level: 0.5 }] } },
      program: { looks: ["look"] },
    });
    const show = createShow(config, { loadProfile: none, incoming });
    const send = (at: number, mode: OutputMode = "following") => {
      show.render(pose(at, { mode }));
      return Array.from(show.channels(1).subarray(0, 3));
    };

    expect([send(0), send(0.1, "blackout")]).toEqual([
      [128, 250, 128],
      [0, 0, 0],
    ]);
    priority = 150;
    expect([send(2), send(2.2, "blackout")]).toEqual([
      [9, 250, 128],
      [9, 250, 0],
    ]);
  });

  test("a universe without fixtures is zeros", () => {
    expect(rig([{ effect: "steady" }]).channels(9)).toEqual(new Uint8Array(512));
  });

  test("describes its fixtures for a page: place, colours as sent, direction, why one is not limited", () => {
    const flash = { limit: "off", reason: "blinder, aimed at the ceiling" };
    const fixtures = [
      { name: "par", profile: "rgb-par", channel: 1, position: { x: -2, y: 3 } },
      { name: "head", profile: "moving-head", channel: 10, groups: ["heads"], flash },
    ];
    const show = rig([{ effect: "steady", level: 0.5 }], { fixtures });
    show.render(pose(0));

    expect(show.fixtures()).toEqual([
      {
        name: "par",
        profile: "RGB par",
        mode: "3 channels",
        spans: [{ universe: 1, from: 1, to: 3 }],
        groups: [],
        position: { x: -2, y: 3, z: 0 },
        colors: [128, 128, 128],
        pan: undefined,
        tilt: undefined,
        unlimitedBecause: undefined,
      },
      {
        name: "head",
        profile: "Moving head",
        mode: "7 channels",
        spans: [{ universe: 1, from: 10, to: 16 }],
        groups: ["heads"],
        position: { x: 1, y: 0, z: 0 },
        colors: [128, 128, 128],
        pan: 128 / 255,
        tilt: 128 / 255,
        unlimitedBecause: "blinder, aimed at the ceiling",
      },
    ]);
  });
});

describe("example rigs", async () => {
  const folder = fileURLToPath(new URL("../../../examples/rigs/", import.meta.url));
  const files = (await readdir(folder)).filter((name) => name.endsWith(".yaml"));

  test.each(files)("%s is a rig that gives light on the beat", async (name) => {
    const config = RigConfig.parse(parse(await readFile(join(folder, name), "utf8")).rig);
    const show = createShow(config, { loadProfile: await loadProfiles(config, { folder }) });
    show.render(pose(4));

    const light = show.fixtures().reduce((sum, { colors }) => sum + Math.max(...colors), 0);

    expect(light).toBeGreaterThan(200);
  });
});
