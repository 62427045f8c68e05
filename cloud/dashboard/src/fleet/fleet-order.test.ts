import type { StoredAlert } from "@tactus/cloud";
import { describe, expect, it } from "vitest";
import type { DeviceView } from "../store.js";
import { facetsOf, fleetOrder, healthOf } from "./fleet-order.js";
import { fleetSearchOf, sortedBy } from "./fleet-search.js";

const room = (id: string, change: Partial<DeviceView> = {}): DeviceView => ({
  id,
  venue: id.split(".")[0] ?? "",
  device: id.split(".")[1] ?? "",
  name: "",
  version: "0.1.0",
  model: "small 0.1.0",
  tags: [],
  state: "online",
  firstSeenUs: 0,
  lastSeenUs: 0,
  skewUs: 0,
  status: null,
  grid: null,
  tempo: null,
  override: null,
  alerts: [],
  ...change,
});
const alert = (severity: StoredAlert["severity"]) => [{ severity, rule: "hot" }];
const none = new Map();

describe("order of the fleet", () => {
  it("puts trouble first and what is offline last", () => {
    const rooms = [room("a.off", { state: "offline" }), room("b.good"), room("c.warn"), room("d.bad")];
    const alerts = new Map([
      ["c.warn", alert("warning")],
      ["d.bad", alert("critical")],
      ["a.off", alert("critical")],
    ]);

    expect(fleetOrder(rooms, {}, alerts)).toEqual(["d.bad", "c.warn", "b.good", "a.off"]);
    expect(fleetOrder(rooms, { health: "warning" }, alerts)).toEqual(["c.warn"]);
    expect(healthOf(room("e.info"), new Map([["e.info", alert("info")]]))).toBe("good");
  });

  it("sorts by tempo in both directions, with equals by their ids", () => {
    const tempo = (bpm: number) => ({ tempo: { v: 1 as const, bpm, state: "tracking" as const } });
    const rooms = [room("b.x", tempo(120)), room("a.x", tempo(120)), room("c.x", tempo(90))];

    expect(fleetOrder(rooms, { sort: "bpm" }, none)).toEqual(["c.x", "a.x", "b.x"]);
    expect(fleetOrder(rooms, { sort: "bpm", dir: "desc" }, none)).toEqual(["a.x", "b.x", "c.x"]);
  });

  it("finds by words of name, id and tags, and filters by tag, venue, model and music", () => {
    const rooms = [
      room("club.main", { name: "Große Halle", tags: ["beta"] }),
      room("club.bar", { model: "large 1.0.0" }),
      room("hall.main", { tags: ["beta"], state: "offline" }),
    ];

    expect(fleetOrder(rooms, { q: "club hal" }, none)).toEqual(["club.main"]);
    expect(fleetOrder(rooms, { tag: "beta" }, none)).toEqual(["club.main", "hall.main"]);
    expect(fleetOrder(rooms, { venue: "club", model: "large 1.0.0" }, none)).toEqual(["club.bar"]);
    expect(fleetOrder(rooms, { state: "silent" }, none)).toEqual(["club.bar", "club.main"]);
    expect(facetsOf(rooms)).toEqual({
      tags: ["beta"],
      models: ["large 1.0.0", "small 0.1.0"],
      venues: ["club", "hall"],
    });
  });
});

describe("address of the fleet page", () => {
  it("drops what it does not understand", () => {
    expect(fleetSearchOf({ q: 12, health: "bad", sort: "bpm", dir: "up", view: "grid", x: 1 })).toEqual({
      q: "12",
      sort: "bpm",
      view: "grid",
    });
  });

  it("turns the order round at the second click", () => {
    expect(sortedBy({}, "bpm")).toEqual({ sort: "bpm" });
    expect(sortedBy({ sort: "bpm" }, "bpm")).toEqual({ sort: "bpm", dir: "desc" });
    expect(sortedBy({ sort: "bpm", dir: "desc" }, "name")).toEqual({ sort: "name" });
  });
});
