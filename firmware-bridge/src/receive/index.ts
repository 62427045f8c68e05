/** Incoming sACN and Art-Net: the configuration, and the receivers it asks for. */
import { z } from "zod";
import { addressOfInterface } from "../local-interface.js";
import type { ArtnetPort } from "../outputs/artnet/artnet-port.js";
import { ArtnetReceiver } from "./artnet-receiver.js";
import { DmxReceivers } from "./dmx-receiver.js";
import type { DmxReceiver } from "./incoming-universe.js";
import { SacnReceiver } from "./sacn-receiver.js";

export const ReceiveConfig = z.strictObject({
  /** Universes of a desk to merge with, over sACN; multicast and unicast. */
  sacn: z.array(z.int().min(1).max(63999)).max(1024).default([]),
  /** Universes of a desk to merge with, over Art-Net; universe 1 is 0:0:0 (net:sub-net:universe). */
  artnet: z.array(z.int().min(1).max(32768)).max(1024).default([]),
  /** Interface on which sACN multicast is joined, by name (`eth0`) or by its IPv4 address; all when left out. */
  interface: z.string().min(1).max(64).optional(),
});
export type ReceiveConfig = z.infer<typeof ReceiveConfig>;

export interface ReceiveContext {
  /** Monotonic seconds. */
  now(): number;
  /** Of our own sACN outputs: their packets come back by multicast and must not be merged. */
  ownCids: ReadonlySet<string>;
  /** The one of this process. */
  artnetPort: ArtnetPort;
}

/** Throws UnavailableError when the interface is not there. Opens nothing before `start`. */
export function createReceiver(config: ReceiveConfig, context: ReceiveContext): DmxReceiver {
  const { now, ownCids, artnetPort } = context;
  const interfaceAddress = addressOfInterface(config.interface);
  const sacn = new SacnReceiver({ universes: config.sacn, now, interfaceAddress, ownCids });
  const artnet = new ArtnetReceiver({ port: artnetPort, universes: config.artnet, now });
  const wanted = [...(config.sacn.length > 0 ? [sacn] : []), ...(config.artnet.length > 0 ? [artnet] : [])];
  return new DmxReceivers(wanted);
}
