import { describe, expect, it } from "vitest";
import { Metrics } from "../metrics.js";
import { LiveHub } from "./live-hub.js";
import type { LiveEvent } from "./live-messages.js";

const event = (id: number, type: string, device = "hall.box") =>
  ({ id, type, device, receivedAtUs: 0, skewUs: 0, data: { beatId: `b${id}` } }) as unknown as LiveEvent;
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

function listenerOf(hub: LiveHub, send: (event: LiveEvent) => Promise<void>) {
  const dropped: string[] = [];
  const listener = hub.attach({ watch: [], send, onDrop: (reason) => dropped.push(reason) });
  return { listener, dropped };
}

describe("live hub", () => {
  it("sends a listener that is busy only the newest of each thing", async () => {
    const hub = new LiveHub({ metrics: new Metrics() });
    const sent: number[] = [];
    let free: () => void = () => {};
    listenerOf(hub, (one) => {
      sent.push(one.id);
      return new Promise((resolve) => {
        free = resolve;
      });
    });
    for (let id = 1; id <= 50; id++) hub.publish(event(id, "tempo"));
    await settled();
    expect(sent).toEqual([1]);

    free();
    await settled();
    expect(sent).toEqual([1, 50]);
  });

  it("passes details only of devices that are watched", async () => {
    const hub = new LiveHub({ metrics: new Metrics() });
    const sent: number[] = [];
    const { listener } = listenerOf(hub, async (one) => void sent.push(one.id));
    hub.publish(event(1, "beat"));
    listener.watch(["hall.box"]);
    hub.publish(event(2, "beat"));
    hub.publish(event(3, "beat", "hall.other"));
    hub.publish(event(4, "tempo", "hall.other"));
    await settled();
    listener.watch("*");
    hub.publish(event(5, "levels", "hall.other"));
    await settled();

    expect(sent).toEqual([2, 4, 5]);
  });

  it("drops a listener whose connection broke or that takes nothing for too long", async () => {
    const hub = new LiveHub({ metrics: new Metrics(), stallMs: 30, maxListeners: 2 });
    const broken = listenerOf(hub, () => Promise.reject(new Error("gone")));
    const stalled = listenerOf(hub, () => new Promise(() => {}));
    expect(hub.isFull).toBe(true);
    hub.publish(event(1, "tempo"));
    await new Promise((resolve) => setTimeout(resolve, 200));

    expect(broken.dropped).toEqual(["its connection broke"]);
    expect(stalled.dropped).toEqual(["it took nothing for too long"]);
    expect(hub.isFull).toBe(false);
  });
});
