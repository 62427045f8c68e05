import fc from "fast-check";
import { expect, it } from "vitest";
import { readFeedMessage } from "./feed-messages.js";

const topic = (leaf: string) => `tactus/v1/club/booth/${leaf}`;

it("feed reads a ping's answer", () => {
  const pong = { v: 1, client: "bridge-1", pingSentAtUs: 1, receivedAtUs: 2, sentAtUs: 3 };

  expect(readFeedMessage(topic("time/pong"), Buffer.from(JSON.stringify(pong)))).toEqual({
    leaf: "time/pong",
    message: pong,
  });
});

it("feed has no use for other topics, nor for a topic that was cleared", () => {
  expect(readFeedMessage("homeassistant/x", Buffer.from("{}"))).toBeUndefined();
  expect(readFeedMessage(topic("history"), Buffer.from("{}"))).toBeUndefined();
  expect(readFeedMessage(topic("grid"), Buffer.alloc(0))).toBeUndefined();
});

it("feed says why it refuses bytes, and never throws", () => {
  const leaves = fc.constantFrom("beat", "grid", "levels", "status", "override/state", "time/pong", "output/watch");
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.json().map((text) => new TextEncoder().encode(text)),
  );
  fc.assert(
    fc.property(leaves, anything, (leaf, payload) => {
      const read = readFeedMessage(topic(leaf), payload);
      expect(read === undefined || "refused" in read || "message" in read).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
