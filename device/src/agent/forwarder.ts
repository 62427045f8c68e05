/** Live messages of the local broker to the cloud, as they are; the newest of each retained topic again on connect. */
import { type Clock, type Leaf, MAX_MESSAGE_BYTES, type NamedLeaf, parseTopic } from "@tactus/shared";
import type { Sender } from "./mqtt-link.js";
import { OverviewPace } from "./overview-pace.js";

/** From the local broker; beats while somebody looks, the others always (grid and tempo then only now and then). */
export const FORWARDED = ["beat", "grid", "tempo", "section", "override/state", "output/+/state"] as const;
/** From the local broker while somebody looks: hearing does not make them when nobody reads. */
export const FORWARDED_LIVE = ["levels", "activation", "output/+/dmx", "output/+/rig"] as const;

const LEVELS_INTERVAL_S = 0.1;
const MAX_RETAINED = 64;
/** For a page, half of what the bridge makes: seconds. */
const DMX_INTERVAL_S = 0.08;

export interface ForwarderParts {
  cloud: Sender;
  clock: Clock;
  /** Does somebody look at this room now? */
  isWatched(): boolean;
}

export class Forwarder {
  readonly #parts: ForwarderParts;
  readonly #retained = new Map<string, { payload: Buffer; qos: 0 | 1 }>();
  readonly #sentAt = new Map<string, number>();
  readonly #pace = new OverviewPace();

  constructor(parts: ForwarderParts) {
    this.#parts = parts;
  }

  forward(topic: string, payload: Buffer): void {
    const leaf = parseTopic(topic)?.leaf;
    if (!leaf || payload.length > MAX_MESSAGE_BYTES) return;
    if (leaf === "levels" && !this.#isTime(leaf, LEVELS_INTERVAL_S)) return;
    if (leaf.endsWith("/dmx") && !this.#isTime(leaf, DMX_INTERVAL_S)) return;
    const retain = isRetained(leaf);
    const qos = leaf === "override/state" ? 1 : 0;
    if (retain && (this.#retained.has(topic) || this.#retained.size < MAX_RETAINED))
      this.#retained.set(topic, { payload, qos });
    const isNews =
      (leaf !== "grid" && leaf !== "tempo") || this.#pace.isNews(leaf, payload, this.#parts.clock.monotonic());
    if (!isNews && !this.#parts.isWatched()) return;
    this.#parts.cloud.send(topic, payload, { qos, retain });
  }

  /** The cloud has forgotten what was retained, or it has changed meanwhile. */
  cloudUp(): void {
    this.#pace.forget();
    for (const [topic, { payload, qos }] of this.#retained)
      this.#parts.cloud.send(topic, payload, { qos, retain: true });
  }

  /** At most one message of `leaf` in each interval. */
  #isTime(leaf: string, interval: number): boolean {
    const now = this.#parts.clock.monotonic();
    if (now - (this.#sentAt.get(leaf) ?? Number.NEGATIVE_INFINITY) < interval) return false;
    if (this.#sentAt.size > MAX_RETAINED) this.#sentAt.clear();
    this.#sentAt.set(leaf, now);
    return true;
  }
}

function isRetained(leaf: Leaf | NamedLeaf): boolean {
  return leaf !== "beat" && leaf !== "levels" && leaf !== "activation" && !/\/(dmx|rig)$/.test(leaf);
}
