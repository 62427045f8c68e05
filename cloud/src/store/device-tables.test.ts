import { describe, expect, it } from "vitest";
import { DeviceTables } from "./device-tables.js";
import { openFleetSync } from "./fleet-tables.js";

describe("device tables", () => {
  it("remember devices, when they were first and last seen, and their tags", () => {
    const tables = new DeviceTables(openFleetSync(":memory:"));
    const sighting = { deviceId: "hall.box", name: "Hall", version: "1", model: "m", lastSeenUs: 20 };
    tables.sight([{ ...sighting, lastSeenUs: 10 }, sighting, { ...sighting, lastSeenUs: 5 }]);
    tables.setTags("hall.box", ["pilot", "berlin", "pilot"]);

    expect(tables.list()).toEqual([{ ...sighting, firstSeenUs: 10, tags: ["berlin", "pilot"] }]);
    expect(() => tables.setTags("hall.other", [])).toThrow('No device "hall.other"');
  });
});
