/** The only place that builds or parses an MQTT topic. */
import { InputError } from "./errors.js";

const ROOT = "tactus/v1";
const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

export const LEAVES = [
  "beat", "grid", "tempo", "section", "levels", "activation", "status", "override/set", "override/state",
  "output/watch", "watch", "time/ping", "time/pong", "history", "telemetry", "history/ack", "telemetry/ack", "twin/desired", "twin/reported",
  "command", "command/result", "log",
] as const; // biome-ignore format: a table
export type Leaf = (typeof LEAVES)[number];
/** Topics whose last part is a name chosen by the sender. */
export type NamedLeaf = `alert/${string}` | `output/${string}/${OutputLeaf}` | `map/${string}`;
/** Below `output/<name>/`: its state, DMX view and rig, and the plain topics of an output of type "mqtt". */
export const OUTPUT_LEAVES = [
  "state", "dmx", "rig", "beat", "bar", "tempo", "confidence", "music", "mode", "online", "override",
] as const; // biome-ignore format: a table
export type OutputLeaf = (typeof OUTPUT_LEAVES)[number];

export interface DeviceAddress {
  venue: string;
  device: string;
}

/** Lower-case letters, digits and hyphens, 1–63 characters: safe in a topic, a path and a host name. */
export function parseName(value: string, what: string): string {
  if (!NAME.test(value)) {
    throw new InputError(`${what} "${value}" may hold only a–z, 0–9 and "-", 1 to 63 characters`);
  }
  return value;
}

export function topicOf(at: DeviceAddress, leaf: Leaf | NamedLeaf): string {
  return `${ROOT}/${at.venue}/${at.device}/${leaf}`;
}

/** Subscription to everything one device says. */
export const treeOf = (at: DeviceAddress): string => `${ROOT}/${at.venue}/${at.device}/#`;

/** Subscription to one leaf of every device. */
export const everyDevice = (leaf: Leaf | "alert/+" | "output/+/state" | "output/+/dmx" | "output/+/rig"): string =>
  `${ROOT}/+/+/${leaf}`;

/** Topic -> address and leaf, or undefined when it is none of ours. */
export function parseTopic(topic: string): { at: DeviceAddress; leaf: Leaf | NamedLeaf } | undefined {
  const parts = topic.split("/");
  if (parts.length < 5 || `${parts[0]}/${parts[1]}` !== ROOT) return undefined;
  const [venue, device] = [parts[2] ?? "", parts[3] ?? ""];
  if (!NAME.test(venue) || !NAME.test(device)) return undefined;
  const leaf = parts.slice(4).join("/");
  const known = (LEAVES as readonly string[]).includes(leaf) || /^(alert|map)\/[^/+#]+$/.test(leaf) || isOutput(leaf);
  return known ? { at: { venue, device }, leaf: leaf as Leaf | NamedLeaf } : undefined;
}

function isOutput(leaf: string): boolean {
  const [output, name, last, ...rest] = leaf.split("/");
  const known = (OUTPUT_LEAVES as readonly (string | undefined)[]).includes(last);
  return output === "output" && /^[^+#]+$/.test(name ?? "") && known && rest.length === 0;
}
