/** Retained messages by device, so that a subscription looks at its own device's and not at those of the whole fleet. */
import { Readable } from "node:stream";

/** What is used of a packet of the broker. */
interface RetainedPacket {
  topic: string;
  payload: string | Buffer;
}

/** The part of aedes' persistence that is replaced: its own looks through every retained message at each subscription. */
export interface RetainedPersistence {
  storeRetained(packet: RetainedPacket): Promise<void>;
  createRetainedStream(filter: string): Readable;
  createRetainedStreamCombi(filters: string[]): Readable;
  /** Subscriptions of devices that are away. */
  subscriptionsByTopic(topic: string): Promise<unknown[]>;
}

/** "tactus/v1/<venue>/<device>": no wildcard lies in it, the ACL sees to that. */
const TREE_LEVELS = 4;
const NOBODY: Promise<unknown[]> = Promise.resolve([]);

export class RetainedTopics {
  readonly #trees = new Map<string, Map<string, RetainedPacket>>();

  /** From now on `persistence` keeps retained messages here. */
  serve(persistence: RetainedPersistence): void {
    persistence.storeRetained = (packet) => this.storeRetained(packet);
    persistence.createRetainedStream = (filter) => this.createRetainedStream(filter);
    persistence.createRetainedStreamCombi = (filters) => this.createRetainedStreamCombi(filters);
    persistence.subscriptionsByTopic = () => NOBODY; // all sessions are clean
  }

  /** An empty payload clears the topic [MQTT-3.3.1-10]. */
  async storeRetained(packet: RetainedPacket): Promise<void> {
    const name = treeOf(packet.topic);
    const tree = this.#trees.get(name) ?? new Map<string, RetainedPacket>();
    if (packet.payload.length > 0) tree.set(packet.topic, { ...packet });
    else tree.delete(packet.topic);
    if (tree.size > 0) this.#trees.set(name, tree);
    else this.#trees.delete(name);
  }

  createRetainedStream(filter: string): Readable {
    return this.createRetainedStreamCombi([filter]);
  }

  createRetainedStreamCombi(filters: string[]): Readable {
    return Readable.from(filters.flatMap((filter) => this.#matching(filter)));
  }

  #matching(filter: string): RetainedPacket[] {
    const tree = this.#trees.get(treeOf(filter));
    if (!tree) return [];
    const exact = tree.get(filter);
    if (exact) return [exact];
    return isWild(filter) ? [...tree.values()].filter(({ topic }) => matches(filter, topic)) : [];
  }
}

const treeOf = (topic: string): string => topic.split("/", TREE_LEVELS).join("/");
const isWild = (filter: string): boolean => filter.includes("#") || filter.includes("+");

/** "#" stands for all that follows, and for the level above it too [MQTT-4.7.1-2]; "+" for one level. */
function matches(filter: string, topic: string): boolean {
  const [wanted, given] = [filter.split("/"), topic.split("/")];
  for (const [level, name] of wanted.entries()) {
    if (name === "#") return given.length >= level;
    if (given[level] === undefined || (name !== "+" && name !== given[level])) return false;
  }
  return wanted.length === given.length;
}
