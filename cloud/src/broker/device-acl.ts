/** Who may say and hear what on the cloud's broker: a device touches only its own tree, each topic one way. */
import { type DeviceAddress, LEAVES, parseTopic } from "@tactus/shared";

/** Leaves that only the cloud writes. */
const FROM_CLOUD =
  /^((history|telemetry)\/ack|override\/set|output\/watch|watch|twin\/desired|command|time\/pong|map\/.+)$/;

/** May the device at `own` publish on `topic`? */
export function mayPublish(own: DeviceAddress, topic: string): boolean {
  const parsed = parseTopic(topic);
  if (!parsed || parsed.at.venue !== own.venue || parsed.at.device !== own.device) return false;
  return !FROM_CLOUD.test(parsed.leaf);
}

/**
 * Does the broker keep this message for later subscribers? Not under names that a device makes up: there is no end of them.
 * Alerts are kept by the board, which has a bound.
 */
export function mayRetain(topic: string): boolean {
  return (LEAVES as readonly string[]).includes(parseTopic(topic)?.leaf ?? "");
}

/** May the device at `own` subscribe to `filter`? Wildcards are allowed inside its own tree. */
export function maySubscribe(own: DeviceAddress, filter: string): boolean {
  const [root, version, venue, device, ...leaf] = filter.split("/");
  const isOwn = root === "tactus" && version === "v1" && venue === own.venue && device === own.device;
  return isOwn && leaf.length > 0;
}
