/** What can be set for an Art-Net output. */
import { z } from "zod";
import { MAX_FRAME_RATE_HZ } from "../streaming/frame-pacer.js";
import { MAX_UNIVERSE } from "./artnet-packet.js";

export const ArtnetConfig = z.strictObject({
  type: z.literal("artnet"),
  /** Universes to send, from 1; all patched ones when left out. Universe 1 is 0:0:0 (net:sub-net:universe) in Art-Net. */
  universes: z.array(z.int().min(1).max(MAX_UNIVERSE)).min(1).max(1024).optional(),
  /** Finds nodes by polling and sends each universe to the nodes that show it. Needs UDP port 6454. */
  discovery: z.boolean().default(true),
  /** Receivers by name or address that get every universe, whether they answer polls or not. */
  hosts: z.array(z.string().min(1).max(253)).max(64).default([]),
  /** Everything to everybody, for nodes that know nothing else; loads each device of the network. */
  broadcast: z.boolean().default(false),
  /** Interface for polls and broadcasts, by name (`eth0`) or by its IPv4 address; all when left out. */
  interface: z.string().min(1).max(64).optional(),
  /** Frames a second, at most 44, which is all that DMX carries; a frame on a beat comes besides. */
  frameRateHz: z.number().min(1).max(MAX_FRAME_RATE_HZ).default(40),
  /** ArtSync after each frame, so that all nodes change at one instant; the standard wants it broadcast. */
  sync: z.enum(["off", "unicast", "broadcast"]).default("off"),
  /** ArtTimeCode: seconds of music since the bridge began to follow, or the time of day. */
  timecode: z.enum(["off", "music", "clock"]).default("off"),
  /** Frames a second of the time code. */
  timecodeRate: z.union([z.literal(24), z.literal(25), z.literal(30)]).default(25),
  /** What nodes are left with when control is handed back: `dark` zeros once, `hold` the last look. */
  release: z.enum(["dark", "hold"]).default("dark"),
});
export type ArtnetConfig = z.infer<typeof ArtnetConfig>;
