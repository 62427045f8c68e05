import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BeatPose, OutputMode } from "../outputs/output.js";
import { BUILT_IN_PROFILES } from "./built-in-profiles.js";
import type { FixtureProfile } from "./fixture-profile.js";
import { FlashLimiter } from "./flash-limiter.js";
import { patchRig } from "./patch.js";
import { RigConfig } from "./rig-config.js";
import { createShow } from "./show.js";
import { mostFlashes, type Sample } from "./wcag-flashes.cases.js";
import { wire } from "./wiring.js";

/** More of them when somebody changes the limiter: TACTUS_PROPERTY_RUNS=1000. */
const RUNS = Number(process.env.TACTUS_PROPERTY_RUNS ?? 25);

type Rgb = Sample["rgb"];

const loadProfile = (name: string): FixtureProfile => BUILT_IN_PROFILES.get(name)!;

const FIXTURES = [
  { name: "par", profile: "rgb-par", channel: 1 },
  { name: "wash", profile: "rgbw-par", channel: 11 },
  { name: "dimmer", profile: "dimmer", channel: 21 },
  { name: "head", profile: "moving-head", channel: 31 },
  { name: "strip", profile: "pixel-strip", channel: 41, pixels: 4 },
];

/** The manual of each lamp above, read by somebody who has not seen the engine. */
const LAMPS: Record<string, (dmx: number[]) => Rgb[]> = {
  par: (dmx) => [[dmx[0]!, dmx[1]!, dmx[2]!]],
  wash: ([dim, r, g, b, w]) => [[dim! * (r! + w!), dim! * (g! + w!), dim! * (b! + w!)]],
  dimmer: ([dim]) => [[dim!, dim!, dim!]],
  head: (dmx) => [wheelColor(Math.round(dmx[6]! * 255)).map((part) => part * dmx[4]!) as Rgb],
  strip: (dmx) => [0, 3, 6, 9].map((at) => [dmx[at]!, dmx[at + 1]!, dmx[at + 2]!]),
};

function wheelColor(value: number): Rgb {
  const slots: Rgb[] = [[1, 1, 1], [1, 0, 0], [1, 128 / 255, 0], [1, 1, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1], [1, 0, 1]]; // biome-ignore format: a table
  return slots[value >> 4] ?? [1, 1, 1];
}

const mean = (colors: Rgb[]): Rgb =>
  [0, 1, 2].map((part) => colors.reduce((total, color) => total + color[part]!, 0) / colors.length) as Rgb;

/** Every cell, every fixture and the whole rig as the eye has them at one instant. */
function seen(bytes: Uint8Array, names: string[]): Rgb[] {
  const cells = names.map((name) => {
    const from = FIXTURES.find((fixture) => fixture.name === name)!.channel - 1;
    return LAMPS[name]!(Array.from(bytes.subarray(from, from + 12), (value) => value / 255));
  });
  const fixtures = cells.map(mean);
  return [...cells.flat(), ...fixtures, mean(fixtures)];
}

class Witness {
  readonly #signals: Sample[][] = [];

  constructor(readonly names = FIXTURES.map(({ name }) => name)) {}

  see(bytes: Uint8Array, at: number): void {
    for (const [index, rgb] of seen(bytes, this.names).entries()) {
      this.#signals[index] ??= [];
      this.#signals[index].push({ at, rgb });
    }
  }

  most(): number {
    return Math.max(...this.#signals.map(mostFlashes));
  }
}

function poseAt(at: number, { bpm = 120, mode = "following" as OutputMode, loud = 0.7 } = {}): BeatPose {
  const beats = (at * bpm) / 60;
  const energy = { low: loud, mid: loud, high: loud };
  const bar = Math.floor(beats / 4);
  const pose = { at, beatPosition: beats, beatPhase: beats % 1, barPhase: beats % 4, beatsPerBar: 4, bar, bpm };
  return { ...pose, confidence: 1, energy, mode, level: mode === "fading" ? 0.5 : 1 };
}

const every = fc.constantFrom(0.0625, 0.125, 0.25, 0.333, 0.5, 1, 1.5, 2);
const mix = fc.constantFrom("max" as const, "multiply" as const, "replace" as const);
const by = fc.constantFrom("fixture" as const, "cell" as const);
const level = fc.double({ min: 0, max: 1, noNaN: true });
const group = fc.constantFrom("all", "odd");
const common = { group, by, mix };

const anyEffect = fc.oneof(
  fc.record({ effect: fc.constant("pulse"), ...common, every, decay: every, offset: level, floor: level, peak: level }),
  fc.record({ effect: fc.constant("chase"), ...common, every, width: fc.nat(3).map((n) => n + 1), tail: level }),
  fc.record({ effect: fc.constant("alternate"), ...common, every, floor: level }),
  fc.record({
    effect: fc.constant("strobe"),
    ...common,
    perBeat: fc.constantFrom(1, 2, 3, 4, 8, 16),
    hardware: fc.boolean(),
  }),
  fc.record({ effect: fc.constant("build-up"), ...common, fastest: fc.constantFrom(1, 4, 16) }),
  fc.record({ effect: fc.constant("breakdown"), ...common, every, low: level, high: level }),
  fc.record({ effect: fc.constant("energy"), ...common, floor: level }),
  fc.record({ effect: fc.constant("color-per-bar"), group, by, unit: fc.constant("beat"), spread: fc.nat(3) }),
  fc.record({ effect: fc.constant("steady"), ...common, level }),
);
const color = fc.constantFrom("#ff0000", "#ffffff", "#0000ff", "#400000", "#00ff00", "#ff8000", "#000000", "#ff3030");

describe("flash limiter", () => {
  test("no programme at any tempo makes a cell, a fixture or the rig flash more than three times in a second", () => {
    fc.assert(
      fc.property(
        fc.record({
          effects: fc.array(anyEffect, { minLength: 1, maxLength: 4 }),
          palette: fc.array(color, { minLength: 1, maxLength: 4 }),
          bpm: fc.integer({ min: 60, max: 200 }),
          loud: fc.array(level, { minLength: 8, maxLength: 8 }),
          modes: fc.array(
            fc.constantFrom<OutputMode>("following", "following", "fading", "idle", "blackout", "holding"),
            {
              minLength: 6,
              maxLength: 6,
            },
          ),
        }),
        ({ effects, palette, bpm, loud, modes }) => {
          const looks = { look: { palette: "mine", effects } };
          const program = { looks: ["look"], every: 1 };
          const groups = { odd: ["par", "dimmer", "strip"] };
          const rig = RigConfig.parse({ fixtures: FIXTURES, groups, palettes: { mine: palette }, looks, program });
          const show = createShow(rig, { loadProfile });
          const witness = new Witness();

          for (let frame = 0; frame < 132; frame++) {
            const at = frame / 44;
            show.render(poseAt(at, { bpm, mode: modes[Math.floor(at * 2)]!, loud: loud[frame % 8]! }));
            witness.see(show.channels(1), at);
            expect(show.channels(1)[15]).toBeLessThan(8); // the wash's own strobe
            expect(show.channels(1)[35]).toBeLessThan(8); // the head's
          }

          expect(witness.most()).toBeLessThanOrEqual(3);
        },
      ),
      { numRuns: RUNS },
    );
  });

  test("bytes of any kind come out with at most three flashes in a second", () => {
    const patch = patchRig(RigConfig.parse({ fixtures: FIXTURES }), loadProfile);
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 12, maxLength: 12 }), { minLength: 4, maxLength: 12 }),
        fc.integer({ min: 1, max: 9 }),
        fc.double({ min: 0.02, max: 0.12, noNaN: true }),
        (patterns, stay, step) => {
          const wiring = wire(patch);
          const limiter = new FlashLimiter(patch, wiring);
          const witness = new Witness();

          for (let frame = 0; frame * step < 3; frame++) {
            const bytes = wiring.rest.slice();
            const pattern = patterns[Math.floor(frame / stay) % patterns.length]!;
            for (const { channel } of FIXTURES) bytes.set(pattern, channel - 1);
            limiter.limit(bytes, frame * step);
            witness.see(bytes, frame * step);
          }

          expect(witness.most()).toBeLessThanOrEqual(3);
        },
      ),
      { numRuns: RUNS },
    );
  });

  test("the judge itself counts a strobe", () => {
    const samples = Array.from({ length: 44 }, (_, frame): Sample => {
      const lit = frame % 8 < 4 ? 1 : 0;
      return { at: frame / 44, rgb: [lit, lit, lit] };
    });

    expect(mostFlashes(samples)).toBe(5);
  });

  test("a pulse on every beat of 128 BPM passes untouched", () => {
    const bytes = peaksOf({ bpm: 128, effects: [{ effect: "pulse" }], beats: 16 });

    expect(bytes).toEqual(new Array(16).fill(255));
  });

  test("a pulse on every beat of 190 BPM becomes one on every other beat", () => {
    const bytes = peaksOf({ bpm: 190, effects: [{ effect: "pulse", floor: 0 }], beats: 8 });

    expect(bytes.map((value) => value > 200)).toEqual([true, false, true, false, true, false, true, false]);
  });

  test("a fixture with its limiter off, for a reason, strobes as fast as it is asked", () => {
    const flash = { limit: "off", reason: "behind the bar, faces the wall" };
    const rig = RigConfig.parse({
      fixtures: [{ name: "par", profile: "rgb-par", channel: 1, flash }],
      looks: { look: { palette: "white", effects: [{ effect: "strobe", perBeat: 4 }] } },
      program: { looks: ["look"] },
    });
    const show = createShow(rig, { loadProfile });
    const witness = new Witness(["par"]);

    for (let frame = 0; frame < 88; frame++) {
      show.render(poseAt(frame / 44));
      witness.see(show.channels(1), frame / 44);
    }

    expect(witness.most()).toBe(8);
  });

  test("switching it off without a reason is refused", () => {
    const rig = { fixtures: [{ name: "par", profile: "rgb-par", channel: 1, flash: { limit: "off" } }] };

    expect(RigConfig.safeParse(rig).success).toBe(false);
  });

  test("light that stays after a rise held back comes up softly within half a second", () => {
    const patch = patchRig(RigConfig.parse({ fixtures: [FIXTURES[2]] }), loadProfile);
    const limiter = new FlashLimiter(patch, wire(patch));
    const input = [255, 0, 255, 0, 255, 0, 255, 0, ...new Array<number>(40).fill(255)];

    const sent = input.map((value, frame) => {
      const bytes = new Uint8Array(512);
      bytes[20] = value;
      limiter.limit(bytes, frame * 0.023);
      return bytes[20];
    });

    expect(sent.slice(0, 4)).toEqual([255, 0, 0, 0]);
    expect(sent[30]).toBe(255);
    const steps = sent.slice(8).map((value, index) => Math.abs(value - sent[index + 7]!));
    expect(Math.max(...steps)).toBeLessThan(90);
  });
});

/** The red byte of one par at each beat. */
function peaksOf({ bpm, effects, beats }: { bpm: number; effects: object[]; beats: number }): number[] {
  const rig = RigConfig.parse({
    fixtures: [FIXTURES[0]],
    looks: { look: { palette: "white", effects } },
    program: { looks: ["look"] },
  });
  const show = createShow(rig, { loadProfile });
  return Array.from({ length: beats * 8 }, (_, eighth) => {
    const pose = poseAt(((eighth / 8) * 60) / bpm, { bpm });
    show.render({ ...pose, beatPhase: (eighth % 8) / 8, barPhase: (eighth / 8) % 4, bar: Math.floor(eighth / 32) });
    return show.channels(1)[0]!;
  }).filter((_, eighth) => eighth % 8 === 0);
}
