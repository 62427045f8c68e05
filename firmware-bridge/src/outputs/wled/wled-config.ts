/** The configuration of a WLED sound sync output. */
import { z } from "zod";

const host = z.string().min(1).max(253);

export const WledConfig = z.strictObject({
  type: z.literal("wled"),
  /** Controllers told one by one, names or IPv4 addresses; none = multicast to 239.0.0.1, which reaches all in the network. */
  hosts: z.array(host).max(64).default([]),
  /** Sync port as set in WLED under Config > Usermods > AudioReactive. */
  port: z.int().min(1).max(65535).default(11988),
  /** Interface that multicast leaves from, by name or IPv4 address; the system's choice when left out. */
  interface: z.string().min(1).optional(),
  /** Packets per second. */
  rateHz: z.number().min(10).max(100).default(50),
  /** Multiplies all levels. */
  gain: z.number().min(0).max(4).default(1),
  /** Controllers asked over HTTP whether they receive; default: `hosts`. Empty = nobody is asked. */
  watch: z.array(host).max(64).optional(),
  /** Seconds between two questions to a controller. */
  watchEveryS: z.number().min(1).max(300).default(5),
});
export type WledConfig = z.infer<typeof WledConfig>;
