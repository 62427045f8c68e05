import { expect, test } from "vitest";
import { LiveHub } from "../live/live-hub.js";
import type { LiveEvent } from "../live/live-messages.js";
import { Metrics } from "../metrics.js";
import type { Principal } from "../users/principal.js";
import { eventsOf } from "./live-events.js";

const ada: Principal = { kind: "user", name: "ada", permissions: ["read"] };
const event = (device: string, id: number, type = "tempo") =>
  ({ type, id, device, receivedAtUs: 0, skewUs: 0, data: {} }) as LiveEvent;

test("events of one device come in order, whether they are waited for or not", async () => {
  const hub = new LiveHub({ metrics: new Metrics() });
  const events = eventsOf(hub, { device: "a.b", types: new Set(["tempo", "grid"]), again: async () => ada });

  const first = events.next();
  hub.publish(event("a.b", 1));
  hub.publish(event("c.d", 2));
  hub.publish(event("a.b", 3, "status"));
  hub.publish(event("a.b", 4, "grid"));

  expect([(await first).value?.id, (await events.next()).value?.id]).toEqual([1, 4]);
  await events.return?.();
  expect(await events.next()).toEqual({ value: undefined, done: true });
});

test("who may not read any more hears no more", async () => {
  const hub = new LiveHub({ metrics: new Metrics() });
  let asked: Principal | undefined = ada;
  const events = eventsOf(hub, { device: "a.b", types: undefined, again: async () => asked, checkMs: 5 });
  const waiting = events.next();

  asked = undefined;

  expect(await waiting).toEqual({ value: undefined, done: true });
  expect(hub.watched()).toEqual([]);
});
