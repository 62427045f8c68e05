/** Who may read and write what on the local broker. Pure. */
import { type DeviceAddress, type Leaf, parseTopic, topicOf } from "@tactus/shared";
import { filterCovers } from "./topic-filter.js";

/** Anyone on the venue's network; somebody with the pairing code or a credential; our own processes. */
export type Role = "anyone" | "paired" | "internal";

/** What anyone may read, unless the venue switched that off. */
const PUBLIC_LEAVES = ["beat", "tempo", "grid", "section", "levels"] as const satisfies readonly Leaf[];

export class AccessRules {
  readonly #address: DeviceAddress;
  readonly #publicTopics: readonly string[];

  constructor(address: DeviceAddress) {
    this.#address = address;
    this.#publicTopics = PUBLIC_LEAVES.map((leaf) => topicOf(address, leaf));
  }

  mayRead(role: Role, topic: string): boolean {
    if (role === "anyone") return this.#publicTopics.includes(topic);
    return !topic.startsWith("$");
  }

  /** A filter is granted when it covers something readable; what it covers beyond that is not delivered. */
  maySubscribe(role: Role, filter: string): boolean {
    if (role === "anyone") return this.#publicTopics.some((topic) => filterCovers(filter, topic));
    return !filter.startsWith("$");
  }

  mayWrite(role: Role, topic: string): boolean {
    if (role === "internal") return !topic.startsWith("$");
    if (role === "anyone") return false;
    const parsed = parseTopic(topic);
    if (parsed?.at.venue !== this.#address.venue || parsed.at.device !== this.#address.device) return false;
    return parsed.leaf === "override/set" || parsed.leaf === "time/ping" || parsed.leaf.startsWith("output/");
  }
}
