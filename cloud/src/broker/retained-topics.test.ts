import { describe, expect, it } from "vitest";
import { RetainedTopics } from "./retained-topics.js";

const packet = (leaf: string, payload = "x", device = "box") => ({
  topic: `tactus/v1/hall/${device}/${leaf}`,
  payload: Buffer.from(payload),
});

async function found(topics: RetainedTopics, ...filters: string[]): Promise<string[]> {
  const stream = topics.createRetainedStreamCombi(filters.map((filter) => `tactus/v1/hall/${filter}`));
  const packets = (await stream.toArray()) as { topic: string }[];
  return packets.map(({ topic }) => topic.slice("tactus/v1/hall/".length));
}

describe("retained topics", () => {
  it("give each subscription what its filter says, of its own device", async () => {
    const topics = new RetainedTopics();
    for (const leaf of ["status", "override/state", "twin/desired"]) await topics.storeRetained(packet(leaf));
    await topics.storeRetained(packet("status", "x", "other"));

    expect(await found(topics, "box/status", "box/twin/desired")).toEqual(["box/status", "box/twin/desired"]);
    expect(await found(topics, "box/#")).toEqual(["box/status", "box/override/state", "box/twin/desired"]);
    expect(await found(topics, "box/+")).toEqual(["box/status"]);
    expect(await found(topics, "box/+/state")).toEqual(["box/override/state"]);
    expect(await found(topics, "box/status/#")).toEqual(["box/status"]);
    expect(await found(topics, "box/stat", "nobody/#")).toEqual([]);
  });

  it("keep the newest message, and none after an empty one", async () => {
    const topics = new RetainedTopics();
    await topics.storeRetained(packet("status", "old"));
    await topics.storeRetained(packet("status", "new"));
    const [newest] = await topics.createRetainedStream("tactus/v1/hall/box/status").toArray();
    expect(String(newest.payload)).toBe("new");

    await topics.storeRetained(packet("status", ""));
    expect(await found(topics, "box/#")).toEqual([]);
  });
});
