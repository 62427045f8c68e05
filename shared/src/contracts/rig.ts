/** What hangs where and which byte does what: topic `output/<name>/rig`, so that DMX values can be drawn as light. */
import { z } from "zod";

/** What a channel does; `generic` gives no light and moves nothing. */
export const RigChannelRole = z.enum([
  "intensity",
  "red",
  "green",
  "blue",
  "white",
  "amber",
  "uv",
  "pan",
  "tilt",
  "strobe",
  "color-wheel",
  "generic",
]);
export type RigChannelRole = z.infer<typeof RigChannelRole>;

const byte = z.int().min(0).max(255);

export const RigChannel = z.object({
  role: RigChannelRole,
  /** Which light of the fixture it belongs to, from 1; absent = all of them. */
  cell: z.int().min(1).max(512).optional(),
  /** The fine byte of the 16-bit channel with the same role and cell. */
  fine: z.boolean().optional(),
  /** 255 is dark. */
  invert: z.boolean().optional(),
  /** Of a strobe channel where it is `closed`; of a colour wheel its slots, each with its `color`. */
  ranges: z
    .array(
      z.object({
        from: byte,
        to: byte,
        /** Absent = closed. */
        color: z
          .string()
          .regex(/^#[0-9a-fA-F]{6}$/)
          .optional(),
      }),
    )
    .max(64)
    .optional(),
});
export type RigChannel = z.infer<typeof RigChannel>;

/** A mode of a fixture profile: what its channels do, in their order. */
export const RigKind = z.object({
  /** For people: profile and mode. */
  name: z.string().min(1).max(200),
  channels: z.array(RigChannel).max(512),
  /** Colours of each pixel that follows the channels, in their order: "grb"; absent = no pixels. */
  pixels: z
    .string()
    .regex(/^[rgbw]{1,4}$/)
    .optional(),
});
export type RigKind = z.infer<typeof RigKind>;

export const RigFixture = z.object({
  name: z.string().min(1).max(63),
  /** Place in `kinds`. */
  kind: z.int().min(0).max(255),
  /** Metres in the room, seen from the audience: x to the right, y up, z away. */
  position: z.object({ x: z.number(), y: z.number(), z: z.number() }),
  /** Its channels, one span after the other: universe, first and last channel 1–512. */
  spans: z.array(z.tuple([z.int().min(1).max(63_999), z.int().min(1).max(512), z.int().min(1).max(512)])).max(256),
});
export type RigFixture = z.infer<typeof RigFixture>;

/** Said once to who watches an output and does not know it yet. */
export const OutputRig = z.object({
  v: z.literal(1),
  /** The same for the same content. */
  id: z.string().min(1).max(64),
  kinds: z.array(RigKind).max(256),
  fixtures: z.array(RigFixture).max(4096),
  /** Fixtures that found no room in the message. */
  leftOut: z.int().min(0),
});
export type OutputRig = z.infer<typeof OutputRig>;
