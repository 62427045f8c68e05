import { LEAVES, OUTPUT_LEAVES, topicOf } from "@tactus/shared";
import { expect, it } from "vitest";
import { mayPublish, maySubscribe } from "./device-acl.js";

const own = { venue: "hall", device: "box" };
/** What the cloud alone says; every other leaf is the device's to say. */
const FROM_CLOUD = new Set<string>([
  ...["history/ack", "telemetry/ack", "override/set", "output/watch", "watch", "twin/desired", "command", "time/pong"],
]);
const named = ["alert/a", "map/m", ...OUTPUT_LEAVES.map((leaf) => `output/dmx/${leaf}`)] as const;
const every = [...LEAVES, ...named] as Parameters<typeof topicOf>[1][];

it("decides every leaf there is by who says it, and none of another device's", () => {
  for (const leaf of every) {
    const fromCloud = FROM_CLOUD.has(leaf) || leaf.startsWith("map/");
    expect(mayPublish(own, topicOf(own, leaf)), leaf).toBe(!fromCloud);
    for (const at of [
      { venue: "hall", device: "box2" },
      { venue: "hall", device: "bo" },
      { venue: "hal", device: "box" },
    ]) {
      expect(mayPublish(own, topicOf(at, leaf)), leaf).toBe(false);
      expect(maySubscribe(own, topicOf(at, leaf)), leaf).toBe(false);
    }
    expect(maySubscribe(own, topicOf(own, leaf)), leaf).toBe(true);
  }
});

it("lets nothing out of the own tree, whatever a topic is made of", () => {
  const random = seeded(11);
  const words = [
    "tactus",
    "v1",
    "hall",
    "box",
    "+",
    "#",
    "",
    "$share",
    "g",
    "beat",
    "status",
    "..",
    "hall.box",
    "HALL",
    "\u0000",
  ];
  for (let round = 0; round < 20_000; round++) {
    const length = 1 + Math.floor(random() * 7);
    const parts = Array.from({ length }, () => words[Math.floor(random() * words.length)] ?? "");
    const topic = parts.join("/");
    const isInside = topic.startsWith("tactus/v1/hall/box/");
    if (maySubscribe(own, topic)) expect(isInside, topic).toBe(true);
    if (mayPublish(own, topic)) expect([isInside, /[+#\0]/.test(topic)], topic).toEqual([true, false]);
  }
});

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
