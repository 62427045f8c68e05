/** `rig:` of the bridge's YAML: fixtures and their patch, groups, palettes, looks and the programme they are played in. */
import { z } from "zod";
import { EffectConfig } from "./effect-config.js";
import { HexColor } from "./fixture-profile.js";

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'may hold only a–z, 0–9 and "-", 1 to 63 characters');

/** Metres in the room, seen from the audience: x to the right, y up, z away; for pictures and the order of chases. */
const Position = z.strictObject({ x: z.number(), y: z.number(), z: z.number().default(0) });

/** The limiter follows WCAG 2.3.1: three flashes a second. Switching it off needs a reason, which is logged. */
const FlashRule = z.discriminatedUnion("limit", [
  z.strictObject({ limit: z.literal("on") }),
  z.strictObject({ limit: z.literal("off"), reason: z.string().min(3).max(200) }),
]);

export const FixtureConfig = z.strictObject({
  name,
  /** dimmer, rgb-par, rgbw-par, moving-head, led-bar, pixel-strip, or a file: a profile or an Open Fixture Library definition. */
  profile: z.string().min(1).max(256),
  /** A mode of the profile; left out = its first. */
  mode: z.string().min(1).max(64).optional(),
  /** sACN 1–63 999; Art-Net outputs convert at the edge. */
  universe: z.int().min(1).max(63_999).default(1),
  /** DMX address of its first channel, 1–512. */
  channel: z.int().min(1).max(512),
  /** Pixels of a strip, where the profile leaves it open; they run on into the next universes. */
  pixels: z.int().min(1).max(32_768).optional(),
  groups: z.array(name).max(64).default([]),
  position: Position.optional(),
  /** Where a moving head looks when nothing moves it, share of its range, 0–1. */
  home: z
    .strictObject({ pan: z.number().min(0).max(1), tilt: z.number().min(0).max(1) })
    .default({ pan: 0.5, tilt: 0.5 }),
  /** Pans the other way: the right half of a symmetric rig. */
  mirror: z.boolean().default(false),
  flash: FlashRule.default({ limit: "on" }),
});
export type FixtureConfig = z.infer<typeof FixtureConfig>;

export const Look = z.strictObject({
  /** A palette of the rig or a built-in one. */
  palette: name.default("party"),
  effects: z.array(EffectConfig).min(1).max(32),
});
export type Look = z.infer<typeof Look>;

export const BUILT_IN_PALETTES: Readonly<Record<string, string[]>> = {
  party: ["#ff0040", "#00a0ff", "#ff8000", "#8000ff", "#00ff60"],
  warm: ["#ff5000", "#ff9020", "#ff2000", "#ffb060"],
  cool: ["#0060ff", "#00c0ff", "#4000ff", "#00ffc0"],
  white: ["#ffffff"],
};

/** Looks that are there without being written; a look of the same name replaces one. */
export const BUILT_IN_LOOKS: Readonly<Record<string, z.input<typeof Look>>> = {
  pulse: { effects: [{ effect: "pulse" }, { effect: "color-per-bar" }] },
  alternate: {
    effects: [
      { effect: "alternate", floor: 0.1 },
      { effect: "color-per-bar", spread: 1 },
    ],
  },
  chase: { effects: [{ effect: "chase", floor: 0.1 }, { effect: "color-per-bar", every: 2 }, { effect: "sweep" }] },
  "build-up": { effects: [{ effect: "build-up" }, { effect: "color-per-bar" }] },
  breakdown: { palette: "cool", effects: [{ effect: "breakdown" }, { effect: "color-per-bar", every: 4, fade: 8 }] },
};

const Program = z.strictObject({
  /** Bars until the next look. */
  every: z.int().min(1).max(1024).default(8),
  /** Looks in their order; a drop goes on to the next one at once. */
  looks: z.array(name).min(1).max(64).default(["pulse", "alternate", "chase"]),
  buildUp: z
    .strictObject({
      /** Played towards a drop; "none" = play on. */
      look: name.default("build-up"),
      /** Beats from the start of a build-up to its drop. */
      beats: z.int().min(4).max(128).default(16),
    })
    .prefault({}),
  breakdown: z
    .strictObject({
      /** Played while the bass is away; "none" = play on. */
      look: name.default("breakdown"),
      /** Low energy below this is no bass, 0–1. */
      below: z.number().min(0).max(1).default(0.15),
      /** Beats without bass until it counts. */
      after: z.int().min(1).max(64).default(4),
    })
    .prefault({}),
});

/** Channels of one universe that a desk may touch, and how the two meet. */
const MergeRule = z.strictObject({
  universe: z.int().min(1).max(63_999),
  from: z.int().min(1).max(512).default(1),
  to: z.int().min(1).max(512).default(512),
  /**
   * `htp`: the higher value. `ltp`: the latest cue: the desk from the moment it changes a channel, the engine again from its
   * next look. `desk`: the desk's value while there is one. `engine`: the desk is not heard.
   */
  rule: z.enum(["htp", "ltp", "desk", "engine"]),
});

export const MergeConfig = z.strictObject({
  /** For everything that no entry of `ranges` names. */
  rule: z.enum(["htp", "ltp", "desk", "engine"]).default("htp"),
  ranges: z.array(MergeRule).max(1024).default([]),
  /** The engine's own sACN priority, 0–200: a desk above it wins whole, one below it is not heard. */
  priority: z.int().min(0).max(200).default(100),
  /** Seconds without data after which a desk is gone; E1.31 6.7.1 has 2.5. */
  lostAfterS: z.number().min(0.5).max(60).default(2.5),
  /** Seconds over which control comes back from a desk that is gone. */
  fadeS: z.number().min(0).max(60).default(2),
});
export type MergeConfig = z.infer<typeof MergeConfig>;

export const RigConfig = z
  .strictObject({
    fixtures: z.array(FixtureConfig).min(1).max(32_768),
    /** Group -> fixtures, in the order of chases; added to the groups that fixtures name themselves. */
    groups: z.record(name, z.array(name).min(1)).default({}),
    /** Palette -> colours as sent to the channels, "#rrggbb". */
    palettes: z.record(name, z.array(HexColor).min(1).max(16)).default({}),
    looks: z.record(name, Look).default({}),
    program: Program.prefault({}),
    /** What is shown without music. */
    idle: z
      .strictObject({ color: HexColor.default("#ff7a20"), level: z.number().min(0).max(1).default(0.12) })
      .prefault({}),
    merge: MergeConfig.prefault({}),
  })
  .superRefine((rig, context) => {
    for (const [path, message] of unknownNames(rig)) context.addIssue({ code: "custom", path, message });
  });
export type RigConfig = z.infer<typeof RigConfig>;

interface Names {
  fixtures: { name: string; groups: string[] }[];
  groups: Record<string, string[]>;
  palettes: Record<string, string[]>;
  looks: Record<string, Look>;
  program: z.infer<typeof Program>;
}

function* unknownNames({
  fixtures,
  groups,
  palettes,
  looks,
  program,
}: Names): Generator<[(string | number)[], string]> {
  const known = new Set<string>();
  for (const [index, fixture] of fixtures.entries()) {
    if (known.has(fixture.name)) yield [["fixtures", index, "name"], `two fixtures are called "${fixture.name}"`];
    known.add(fixture.name);
  }
  for (const [group, members] of Object.entries(groups)) {
    const stranger = members.find((member) => !known.has(member));
    if (stranger) yield [["groups", group], `no fixture is called "${stranger}"`];
  }
  const groupNames = new Set(["all", ...Object.keys(groups), ...fixtures.flatMap((fixture) => fixture.groups)]);
  for (const [look, { palette, effects }] of Object.entries(looks)) {
    if (!palettes[palette] && !BUILT_IN_PALETTES[palette]) {
      yield [["looks", look, "palette"], `no palette is called "${palette}"`];
    }
    const lost = effects.find(({ group }) => !groupNames.has(group));
    if (lost) yield [["looks", look, "effects"], `no group is called "${lost.group}"`];
  }
  const played = [...program.looks, program.buildUp.look, program.breakdown.look];
  const missing = played.find((look) => look !== "none" && !looks[look] && !BUILT_IN_LOOKS[look]);
  if (missing) yield [["program"], `no look is called "${missing}"`];
}
