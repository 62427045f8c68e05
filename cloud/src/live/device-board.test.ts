import type { AlertMessage, StatusMessage } from "@tactus/shared";
import { describe, expect, it } from "vitest";
import type { LiveMessage } from "../ingest/ingest.js";
import { DeviceBoard } from "./device-board.js";

const at = { venue: "hall", device: "box" };
const status = (change: Partial<StatusMessage> = {}): LiveMessage => ({
  at,
  leaf: "status",
  message: {
    v: 1,
    session: "a",
    sessionNumber: 1,
    state: "online",
    sentAtUs: 1,
    name: "Hall",
    version: "1.0.0",
    model: "m",
    hearing: "up",
    capture: "running",
    source: "default",
    conditions: [],
    ...change,
  },
});
const alert = (id: string): LiveMessage => {
  const message: AlertMessage = { v: 1, id, severity: "warning", message: "Odd", remedy: "", sinceUs: 1 };
  return { at, leaf: "alert", id, message };
};

describe("device board", () => {
  it("numbers events and keeps the newest of each thing", () => {
    const board = new DeviceBoard();
    const first = board.apply(status(), 100);
    board.apply({ at, leaf: "tempo", message: { v: 1, bpm: 100, state: "tracking" } }, 200);
    const third = board.apply({ at, leaf: "tempo", message: { v: 1, bpm: 101, state: "tracking" } }, 300);

    expect([first?.id, third?.id]).toEqual([1, 3]);
    expect(board.detail("hall.box")).toMatchObject({
      name: "Hall",
      state: "online",
      tempo: { bpm: 101 },
      firstSeenUs: 100,
      lastSeenUs: 300,
    });
  });

  it("believes the last will of the present session and of none before it", () => {
    const board = new DeviceBoard();
    board.apply(status({ session: "b", sessionNumber: 2 }), 1);
    expect(board.apply(status({ session: "a", sessionNumber: 1, state: "offline" }), 2)).toBe(undefined);
    expect(board.detail("hall.box")?.state).toBe("online");

    board.apply(status({ session: "b", sessionNumber: 2, state: "offline" }), 3);
    expect(board.detail("hall.box")?.state).toBe("offline");
  });

  it("lets nobody but a session itself end that session, whatever its number", () => {
    const board = new DeviceBoard();
    board.apply(status({ session: "new", sessionNumber: 1 }), 1); // the box lost its disk: it counts anew
    expect(board.apply(status({ session: "old", sessionNumber: 57, state: "offline" }), 2)).toBe(undefined);
    expect(board.detail("hall.box")).toMatchObject({ state: "online", status: { session: "new" } });
  });

  it("hears no old words of a session that another one has followed", () => {
    const board = new DeviceBoard();
    board.apply(status({ session: "b", sessionNumber: 2 }), 1);
    expect(board.apply(status({ session: "a", sessionNumber: 1 }), 2)).toBe(undefined);

    board.apply(status({ session: "b", sessionNumber: 2, state: "offline" }), 3);
    expect(board.apply(status({ session: "c", sessionNumber: 1 }), 4)).toMatchObject({ type: "status" });
  });

  it("knows devices of before its start, offline until they speak", () => {
    const board = new DeviceBoard();
    board.seed([
      { deviceId: "hall.box", name: "Hall", version: "1", model: "m", tags: [], firstSeenUs: 5, lastSeenUs: 9 },
    ]);
    expect(board.summaries()).toMatchObject([{ id: "hall.box", name: "Hall", state: "offline", lastSeenUs: 9 }]);
    expect(board.takeSightings()).toEqual([]);

    board.apply(status(), 20);
    expect(board.takeSightings()).toMatchObject([{ deviceId: "hall.box", lastSeenUs: 20 }]);
    expect(board.takeSightings()).toEqual([]);
  });

  it("raises and clears alerts, and has a bound for them", () => {
    const board = new DeviceBoard();
    for (let index = 0; index < 500; index++) board.apply(alert(`a${index}`), index);
    expect(board.detail("hall.box")?.alerts).toHaveLength(64);

    board.apply({ at, leaf: "alert", id: "a0", message: undefined }, 501);
    expect(board.detail("hall.box")?.alerts).toHaveLength(63);
  });
});
