import { describe, expect, it } from "vitest";
import { mayPublish, mayRetain, maySubscribe } from "./device-acl.js";

const own = { venue: "hall", device: "box" };

describe("device ACL", () => {
  it("lets a device say what devices say, in its own tree", () => {
    for (const leaf of ["beat", "grid", "status", "history", "override/state", "alert/silence", "output/dmx/state"]) {
      expect(mayPublish(own, `tactus/v1/hall/box/${leaf}`), leaf).toBe(true);
    }
  });

  it("lets no device say what the cloud says, or anything elsewhere", () => {
    for (const topic of [
      "tactus/v1/hall/box/override/set",
      "tactus/v1/hall/box/history/ack",
      "tactus/v1/hall/box/twin/desired",
      "tactus/v1/hall/box/map/song",
      "tactus/v1/hall/box/unheard-of",
      "tactus/v1/hall/box",
      "tactus/v1/hall/other/beat",
      "tactus/v1/other/box/beat",
      "tactus/v2/hall/box/beat",
      "$SYS/hall/box/beat",
    ]) {
      expect(mayPublish(own, topic), topic).toBe(false);
    }
  });

  it("lets a device hear its own tree only", () => {
    expect(maySubscribe(own, "tactus/v1/hall/box/#")).toBe(true);
    expect(maySubscribe(own, "tactus/v1/hall/box/override/set")).toBe(true);
    for (const filter of [
      "#",
      "+/+/+/+/beat",
      "tactus/v1/hall/+/beat",
      "tactus/v1/hall/#",
      "tactus/v1/hall/box",
      "$SYS/#",
    ]) {
      expect(maySubscribe(own, filter), filter).toBe(false);
    }
  });

  it("keeps the newest message of the fixed topics only", () => {
    expect(mayRetain("tactus/v1/hall/box/status")).toBe(true);
    expect(mayRetain("tactus/v1/hall/box/override/state")).toBe(true);
    expect(mayRetain("tactus/v1/hall/box/alert/anything")).toBe(false);
  });
});
