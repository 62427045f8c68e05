import { describe, expect, it } from "vitest";
import { EventQueue } from "./event-queue.js";
import type { LiveEvent } from "./live-messages.js";

const event = (id: number, type: string, data: object = {}, device = "hall.box") =>
  ({ id, type, device, receivedAtUs: 0, skewUs: 0, data }) as unknown as LiveEvent;
const idsOf = (queue: EventQueue) => {
  const ids: number[] = [];
  for (let next = queue.take(); next; next = queue.take()) ids.push(next.id);
  return ids;
};

describe("event queue", () => {
  it("gives events in the order of their coming to a listener that keeps up", () => {
    const queue = new EventQueue();
    queue.push(event(1, "status"));
    queue.push(event(2, "tempo"));
    queue.push(event(3, "beat", { beatId: "a" }));

    expect(idsOf(queue)).toEqual([1, 2, 3]);
    expect(queue.collapsed).toBe(0);
  });

  it("keeps only the newest state of each thing, in the older one's place", () => {
    const queue = new EventQueue();
    queue.push(event(1, "tempo"));
    queue.push(event(2, "levels"));
    queue.push(event(3, "tempo", {}, "hall.other"));
    queue.push(event(4, "levels"));
    queue.push(event(5, "tempo"));

    expect(idsOf(queue)).toEqual([5, 4, 3]);
    expect(queue.collapsed).toBe(2);
  });

  it("keeps every announced beat at its newest revision", () => {
    const queue = new EventQueue();
    queue.push(event(1, "beat", { beatId: "a", rev: 0 }));
    queue.push(event(2, "beat", { beatId: "b", rev: 0 }));
    queue.push(event(3, "beat", { beatId: "a", rev: 1 }));

    expect(idsOf(queue)).toEqual([3, 2]);
  });

  it("drops the oldest beats beyond its bound, and never grows further", () => {
    const queue = new EventQueue();
    for (let id = 0; id < 10_000; id++) {
      queue.push(event(id, "beat", { beatId: `b${id}` }));
      queue.push(event(id, "levels"));
    }

    expect(queue.size).toBe(65);
    expect(queue.take()?.type).toBe("levels");
    expect(queue.take()?.id).toBe(10_000 - 64);
  });
});
