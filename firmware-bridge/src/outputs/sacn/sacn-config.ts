/** What can be set for an sACN output. */
import { z } from "zod";
import { MAX_FRAME_RATE_HZ } from "../streaming/frame-pacer.js";
import { MAX_PRIORITY, MAX_UNIVERSE, MIN_UNIVERSE } from "./sacn-packet.js";

const universe = z.int().min(MIN_UNIVERSE).max(MAX_UNIVERSE);

export const SacnConfig = z.strictObject({
  type: z.literal("sacn"),
  /** Universes to send; all patched ones when left out. Numbers are the same here and on the wire, from 1. */
  universes: z.array(universe).min(1).max(1024).optional(),
  /** 0..200: where several sources send, receivers follow the highest. 90 lets a desk at its usual 100 take over. */
  priority: z.int().min(0).max(MAX_PRIORITY).default(90),
  /** The name other programs show for this source, at most 63 bytes of UTF-8. */
  sourceName: z.string().min(1).max(63).default("Tactus"),
  /** Receivers by name or address (unicast); multicast when empty. */
  hosts: z.array(z.string().min(1).max(253)).max(64).default([]),
  /** Interface for multicast, by name (`eth0`) or by its IPv4 address; where there are several, name it. */
  interface: z.string().min(1).max(64).optional(),
  /** Frames a second, at most 44, which is all that DMX carries; a frame on a beat comes besides. */
  frameRateHz: z.number().min(1).max(MAX_FRAME_RATE_HZ).default(40),
  /** Universe whose sync packets make all universes change at one instant, for receivers that can; 0 = none. */
  syncUniverse: z.int().min(0).max(MAX_UNIVERSE).default(0),
  /** Marked as preview: visualisers show it, dimmers do not. */
  preview: z.boolean().default(false),
  /** Lists the universes every 10 s, so that other programs find them. */
  discovery: z.boolean().default(true),
  /** Routers that multicast may pass. */
  ttl: z.int().min(1).max(255).default(16),
});
export type SacnConfig = z.infer<typeof SacnConfig>;
