/** What a lighting output says of itself: topics `output/<name>/state` and `output/<name>/dmx`; who asks: `output/watch`. */
import { z } from "zod";

export const OutputModeName = z.enum([
  "following",
  "free-running",
  "holding",
  "fading",
  "idle",
  "released",
  "blackout",
]);
export type OutputModeName = z.infer<typeof OutputModeName>;

/** Sent on change and at least every ten seconds: one that is older comes from a bridge that is gone. */
export const OutputState = z.object({
  v: z.literal(1),
  /** As in the bridge's configuration. */
  name: z.string().min(1).max(63),
  /** The protocol: "artnet", "sacn", "osc" and so on. */
  kind: z.string().min(1).max(32),
  sentAtUs: z.int().min(0),
  /** `starting` also while it is tried again; `stopped` when the bridge ended in order. */
  state: z.enum(["starting", "running", "stopped"]),
  /** `unknown` where the protocol has no way back. */
  receiving: z.enum(["receiving", "not-receiving", "unknown"]),
  /** Who answers, in words. */
  peer: z.string().max(200),
  /** What the output does with the beats now. */
  mode: OutputModeName,
  /** 1 = full, 0 = faded out. */
  level: z.number().min(0).max(1),
  /** Subtracted from each beat's time: positive fires earlier. */
  latencyMs: z.number().min(-2000).max(2000),
  /** Packets, messages or frames that left. */
  sent: z.int().min(0),
  /** Sends that failed. */
  errors: z.int().min(0),
  /** The last failure and its remedy; empty when there was none. */
  lastError: z.string().max(400),
  /** Cues since the bridge began. */
  cues: z.object({
    fired: z.int().min(0),
    /** Of these, without an announcement: by the beat clock. */
    filled: z.int().min(0),
    /** Not fired because their time was past. */
    skipped: z.int().min(0),
  }),
  /** Of the newest cues: how far from its time each was handed to the output, milliseconds, absolute. */
  jitter: z.object({ p50Ms: z.number().min(0), p95Ms: z.number().min(0) }),
  /** Universes it renders, as numbered in the show; none where the protocol carries no DMX. */
  universes: z.array(z.int().min(1).max(63999)).max(512),
});
export type OutputState = z.infer<typeof OutputState>;

/** Asks a bridge for an output's DMX values for a while; asked again to go on. */
export const OutputWatch = z.object({
  v: z.literal(1),
  /** Name of the output. */
  name: z.string().min(1).max(63),
  /** For how long, seconds. */
  forS: z.number().min(1).max(60),
  /** The `OutputRig` that the asker knows, by its id: another one is sent first. */
  rig: z.string().min(1).max(64).optional(),
});
export type OutputWatch = z.infer<typeof OutputWatch>;

/** Up to 20 a second while somebody asked for it. */
export const OutputDmx = z.object({
  v: z.literal(1),
  sentAtUs: z.int().min(0),
  universes: z
    .array(
      z.object({
        universe: z.int().min(1).max(63999),
        /** The channels from 1 on, one byte each, in base64; zeros at the end are left out. */
        channels: z.string().max(684),
      }),
    )
    .max(64),
});
export type OutputDmx = z.infer<typeof OutputDmx>;
