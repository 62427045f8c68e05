import type { DeviceSummary, LiveEvent, ServerMessage } from "@tactus/cloud";
import { describe, expect, it } from "vitest";
import { LiveStore } from "./store.js";

const device = (id: string): DeviceSummary => ({
  id,
  venue: "hall",
  device: "box",
  name: "Hall",
  version: "",
  model: "",
  state: "online",
  firstSeenUs: 1,
  tags: [],
  lastSeenUs: 1,
  skewUs: 0,
  status: null,
  grid: null,
  tempo: null,
  override: null,
  alerts: [],
});
const hello = (...devices: DeviceSummary[]): ServerMessage => ({
  type: "hello",
  v: 1,
  atUs: 1_000_000,
  heartbeatMs: 10_000,
  writeToken: "needed",
  devices,
});
const event = (type: string, data: object, of = "hall.box") =>
  ({ type, id: 1, device: of, receivedAtUs: 77, skewUs: 0, data }) as unknown as LiveEvent;
const shown = () => new Promise((resolve) => setTimeout(resolve, 100));

describe("live store", () => {
  it("shows what the greeting and the events say, all changes of a moment at once", async () => {
    const store = new LiveStore();
    let notified = 0;
    store.subscribe(() => notified++);
    store.take(hello(device("hall.box")), 0);
    store.take(event("tempo", { v: 1, bpm: 128, state: "tracking" }), 0);
    store.take(event("alert", { id: "hum", alert: { id: "hum", message: "Hum" } }), 0);
    await shown();

    expect(notified).toBe(1);
    expect(store.view().writing).toBe("needs-token");
    expect(store.view().devices.get("hall.box")).toMatchObject({ tempo: { bpm: 128 }, lastSeenUs: 77 });
    expect(store.view().devices.get("hall.box")?.alerts).toHaveLength(1);

    store.take(event("alert", { id: "hum", alert: null }), 0);
    await shown();
    expect(store.view().devices.get("hall.box")?.alerts).toEqual([]);
  });

  it("gives React the same value while nothing but quick data comes", async () => {
    const store = new LiveStore();
    store.take(hello(device("hall.box")), 0);
    await shown();
    const before = store.view();
    store.take(event("levels", { v: 1 }), 0);
    await shown();

    expect(store.view()).toBe(before);
  });

  it("keeps the newest state of each output, by name, and gives its bytes to the room alone", async () => {
    const store = new LiveStore();
    const room = store.room("hall.box");
    store.take(hello(device("hall.box")), 0);
    for (const [name, sent] of [
      ["truss", 1],
      ["booth", 2],
      ["truss", 3],
    ] as const)
      store.take(event("output", { name, sent }), 0);
    await shown();
    const before = store.view();
    const dmx = (sentAtUs: number, channels: string) => ({
      name: "truss",
      sentAtUs,
      universes: [{ universe: 2, channels }],
    });
    store.take(event("output/rig", { name: "truss", id: "one", fixtures: [] }), 0);
    store.take(event("output/dmx", dmx(20, "/wA=")), 0);
    store.take(event("output/dmx", dmx(10, "AAA=")), 0);
    await shown();

    expect(store.view().devices.get("hall.box")?.outputs).toEqual([
      { name: "booth", sent: 2 },
      { name: "truss", sent: 3 },
    ]);
    expect(store.view()).toBe(before);
    expect(room.rigs.get("truss")?.id).toBe("one");
    expect(room.frames.get("truss")?.universes.get(2)?.slice(0, 3)).toEqual(Uint8Array.of(255, 0, 0));
  });

  it("meets devices that appear later", async () => {
    const store = new LiveStore();
    store.take(hello(), 0);
    store.take(event("status", { state: "online", name: "New", version: "1", model: "m" }, "new.room"), 0);
    await shown();

    expect(store.view().devices.get("new.room")).toMatchObject({
      venue: "new",
      device: "room",
      name: "New",
      state: "online",
    });
  });

  it("forgets devices that the cloud no longer knows when it greets again", async () => {
    const store = new LiveStore();
    store.take(hello(device("hall.box")), 0);
    store.take(hello(device("hall.other")), 0);
    await shown();

    expect([...store.view().devices.keys()]).toEqual(["hall.other"]);
  });
});
