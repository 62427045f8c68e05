import { describe, expect, it } from "vitest";
import type { DeviceSummary } from "../live/live-messages.js";
import { DevicesQuery, pageOf } from "./device-list.js";

const device = (id: string, more: Partial<DeviceSummary> = {}): DeviceSummary => ({
  ...{ id, venue: id.split(".")[0] ?? "", device: id.split(".")[1] ?? "", name: "", version: "1", model: "m 1.0.0" },
  ...{ tags: [], state: "online", firstSeenUs: 1, lastSeenUs: 1, skewUs: 0 },
  ...{ status: null, grid: null, tempo: null, override: null, alerts: [] },
  ...more,
});
const ask = (devices: DeviceSummary[], query: Record<string, string> = {}) =>
  pageOf(devices, DevicesQuery.parse(query));
const idsOf = (devices: DeviceSummary[], query: Record<string, string>) =>
  ask(devices, query).devices.map(({ id }) => id);

describe("list of devices", () => {
  const rooms = [
    device("b.two", { name: "Bar", tags: ["pilot"] }),
    device("a.one", { state: "offline" }),
    device("a.two"),
  ];

  it("finds by any word, by tag, venue, model and state, all at once", () => {
    expect(idsOf(rooms, { q: "BAR" })).toEqual(["b.two"]);
    expect(idsOf(rooms, { q: "pil" })).toEqual(["b.two"]);
    expect(idsOf(rooms, { tag: "pil" })).toEqual([]);
    expect(idsOf(rooms, { venue: "a", state: "online" })).toEqual(["a.two"]);
    expect(idsOf(rooms, { model: "m" })).toHaveLength(3);
    expect(idsOf(rooms, { model: "m 2.0.0" })).toEqual([]);
  });

  it("gives every device once over all pages, whatever comes and goes between them", () => {
    const many = Array.from({ length: 100 }, (_, index) => device(`v.d${index}`, { lastSeenUs: index % 7 }));
    const seen: string[] = [];
    let next: string | null = "?sort=-lastSeen&limit=9";
    while (next !== null) {
      const query = Object.fromEntries(new URLSearchParams(next.split("?")[1]));
      const page = ask(many, query);
      seen.push(...page.devices.map(({ id }) => id));
      next = page.next;
      many.unshift(device(`new.d${seen.length}`, { lastSeenUs: 99 })); // before all that follows
    }

    expect(seen).toHaveLength(100);
    expect(new Set(seen).size).toBe(100);
  });

  it("refuses sorts and cursors that are none", () => {
    expect(DevicesQuery.safeParse({ sort: "beauty" }).success).toBe(false);
    for (const cursor of ["x", "bnVsbA", "W10", "eyJhIjoxfQ"]) {
      expect(() => ask(rooms, { cursor })).toThrow("none that was given here");
    }
  });
});
