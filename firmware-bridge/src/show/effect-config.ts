/** The settings of each effect: what a look is made of. */
import { z } from "zod";

const level = z.number().min(0).max(1);
/** Beats. */
const beats = z.number().min(0.0625).max(128);

const common = {
  /** A group of the rig; `all` is every fixture. */
  group: z.string().min(1).max(64).default("all"),
  /** Count fixtures, or every cell and pixel of them. */
  by: z.enum(["fixture", "cell"]).default("fixture"),
};
const mixed = {
  ...common,
  /** How it meets the effects above it in the look: the brighter one, the product, or instead of them. */
  mix: z.enum(["max", "multiply", "replace"]).default("max"),
};

/** Full on the beat, then falling. */
export const PulseConfig = z.strictObject({
  effect: z.literal("pulse"),
  ...mixed,
  /** Beats from one pulse to the next. */
  every: beats.default(1),
  /** Beats after the grid: 0.5 = off-beat. */
  offset: z.number().min(0).max(128).default(0),
  /** Beats until it has fallen. */
  decay: beats.default(0.8),
  /** Level that it falls to and level at its peak, 0–1. */
  floor: level.default(0.05),
  peak: level.default(1),
});

/** One fixture after another. */
export const ChaseConfig = z.strictObject({
  effect: z.literal("chase"),
  ...mixed,
  /** Beats per step. */
  every: beats.default(1),
  /** Fixtures (or cells) by which a step moves on. */
  stride: z.int().min(1).max(4096).default(1),
  /** Fixtures (or cells) lit at once. */
  width: z.int().min(1).max(4096).default(1),
  /** Fixtures (or cells) behind it that are still falling. */
  tail: z.number().min(0).max(4096).default(0),
  direction: z.enum(["forward", "backward", "bounce"]).default("forward"),
  floor: level.default(0),
});

/** Every other fixture, then the others. */
export const AlternateConfig = z.strictObject({
  effect: z.literal("alternate"),
  ...mixed,
  /** Beats until the halves change places. */
  every: beats.default(1),
  floor: level.default(0.05),
});

/** The next colour of the palette. */
export const ColorPerBarConfig = z.strictObject({
  effect: z.literal("color-per-bar"),
  ...common,
  /** Bars (or beats) that a colour stays. */
  every: z.int().min(1).max(1024).default(1),
  unit: z.enum(["bar", "beat"]).default("bar"),
  /** Beats from one colour to the next; 0 = at once, on the beat. */
  fade: z.number().min(0).max(128).default(0),
  /** Colours by which a fixture is ahead of its neighbour; 0 = all alike. */
  spread: z.int().min(0).max(64).default(0),
});

/** Faster and brighter towards a drop; the place on the way comes from an announced section or from rising energy. */
export const BuildUpConfig = z.strictObject({
  effect: z.literal("build-up"),
  ...mixed,
  /** Level at the start, 0–1; it ends at 1. */
  from: level.default(0.3),
  /** Pulses per beat at the end; the flash limiter keeps fixtures it watches below 3 a second. */
  fastest: z.int().min(1).max(16).default(4),
  /** Bleach the colours on the way. */
  white: z.boolean().default(true),
});

/** Slow swells while the bass is away. */
export const BreakdownConfig = z.strictObject({
  effect: z.literal("breakdown"),
  ...mixed,
  /** Beats of a swell, up and down. */
  every: beats.default(8),
  low: level.default(0.08),
  high: level.default(0.5),
  /** Swells that lie side by side over the group; 0 = all together. */
  spread: z.number().min(0).max(16).default(1),
});

/** Hard flashes; fixtures with the flash limiter on get at most three a second. */
export const StrobeConfig = z.strictObject({
  effect: z.literal("strobe"),
  ...mixed,
  /** Flashes per beat. */
  perBeat: z.int().min(1).max(16).default(4),
  /** Lit share of each. */
  duty: z.number().min(0.05).max(0.95).default(0.4),
  /** Ask the lamp's own strobe channel instead, where it has one. The flash limiter holds it open. */
  hardware: z.boolean().default(false),
  peak: level.default(1),
});

/** Pan and tilt around the home position. */
export const SweepConfig = z.strictObject({
  effect: z.literal("sweep"),
  ...common,
  /** Beats once around. */
  every: beats.default(8),
  shape: z.enum(["circle", "line", "eight"]).default("circle"),
  /** How far from home, share of the whole range, 0–0.5. */
  pan: z.number().min(0).max(0.5).default(0.15),
  tilt: z.number().min(0).max(0.5).default(0.1),
  /** Turns that lie side by side over the group; 0 = all together, 1 = a wave. */
  spread: z.number().min(-16).max(16).default(0.5),
});

/** Brightness from loudness. */
export const EnergyConfig = z.strictObject({
  effect: z.literal("energy"),
  ...mixed,
  mix: z.enum(["max", "multiply", "replace"]).default("multiply"),
  band: z.enum(["low", "mid", "high", "all"]).default("all"),
  /** Level in silence, 0–1. */
  floor: level.default(0.3),
  /** Loudness is multiplied by this before it is cut at 1. */
  gain: z.number().min(0.1).max(10).default(1.2),
});

/** A level that stays. */
export const SteadyConfig = z.strictObject({
  effect: z.literal("steady"),
  ...mixed,
  level: level.default(1),
});

export const EffectConfig = z.discriminatedUnion("effect", [
  PulseConfig,
  ChaseConfig,
  AlternateConfig,
  ColorPerBarConfig,
  BuildUpConfig,
  BreakdownConfig,
  StrobeConfig,
  SweepConfig,
  EnergyConfig,
  SteadyConfig,
]);
export type EffectConfig = z.infer<typeof EffectConfig>;
export type EffectSettings<Name extends EffectConfig["effect"]> = Extract<EffectConfig, { effect: Name }>;
