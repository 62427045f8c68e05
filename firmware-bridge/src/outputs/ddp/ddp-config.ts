/** What can be set for a DDP output. */
import { z } from "zod";

export const DdpConfig = z.strictObject({
  type: z.literal("ddp"),
  /** The display's name or address. */
  host: z.string().min(1).max(253),
  /** UDP port. */
  port: z.int().min(1).max(65535).default(4048),
  /** Universe in which the strip's first pixel is patched, from 1. */
  universe: z.int().min(1).max(63999),
  /** Its first channel, 1..512. */
  channel: z.int().min(1).max(512).default(1),
  /** Length of the strip; it goes on at channel 1 of the next universe after 170 RGB or 128 RGBW pixels. */
  pixels: z.int().min(1).max(16384),
  /** Channels of a pixel, in this order. */
  format: z.enum(["rgb", "rgbw"]).default("rgb"),
  /** Frames a second at most; a frame on a beat comes besides. */
  frameRateHz: z.number().min(1).max(44).default(40),
  /** Asks the display for its status every 3 s; off for those that would take the question for pixels. */
  query: z.boolean().default(false),
});
export type DdpConfig = z.infer<typeof DdpConfig>;
