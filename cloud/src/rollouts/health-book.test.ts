import type { HealthWindow, StatusMessage, TelemetryMessage } from "@tactus/shared";
import { describe, expect, it } from "vitest";
import { HealthBook } from "./health-book.js";

const S = 1_000_000;
const DAY_US = 86_400 * S;
const stage = { p50: 1, p99: 2, max: 3 };

function telemetry(sentAtS: number, more: Partial<TelemetryMessage> & { model?: string } = {}): TelemetryMessage {
  const { model = "m 1.0.0", ...rest } = more;
  const health: HealthWindow = {
    model,
    seconds: 60,
    musicS: 60,
    lockedS: 60,
    beats: 120,
    periodChange: 2.4,
    octaveFlips: 1,
    relocks: 0,
    relockS: 0,
    confidence: 100,
    corrections: 0,
  };
  return {
    v: 1,
    session: "s1",
    sentAtUs: sentAtS * S,
    uptimeS: 10,
    cpu: 0,
    residentMb: 100,
    hops: 1,
    lateHops: 0,
    xruns: 0,
    latency: { capture: stage, frontend: stage, model: stage, decoder: stage, hop: stage },
    health,
    crashes: 0,
    ...rest,
  };
}

function watched(): HealthBook {
  const book = new HealthBook({ blockS: 600 });
  book.telemetry("v.box", telemetry(1), S);
  book.watch({ id: "r-1", candidate: "m 2.0.0" });
  return book;
}
const unitOf = (book: HealthBook) => book.units("r-1", () => ({}))[0];

describe("health book", () => {
  it("keeps what was before, what came without and what came with the candidate apart", () => {
    const book = watched();
    book.telemetry("v.box", telemetry(2), 2 * S);
    for (const second of [3, 4, 5]) book.telemetry("v.box", telemetry(second, { model: "m 2.0.0" }), second * S);

    const unit = unitOf(book);
    expect([unit?.before.musicS, unit?.control.musicS, unit?.candidate.musicS]).toEqual([60, 60, 180]);
    expect(unit?.venue).toBe("v");
  });

  it("counts what comes again only once, and what comes late all the same", () => {
    const book = watched();
    expect(book.telemetry("v.box", telemetry(5), 5 * S)).toBe(true);
    expect(book.telemetry("v.box", telemetry(5), 6 * S)).toBe(false);
    expect(book.telemetry("v.box", telemetry(4), 6 * S)).toBe(false);
    // A numbered one was told apart by its store.
    expect(book.telemetry("v.box", telemetry(4, { sequence: 3 }), 6 * S)).toBe(true);

    expect(unitOf(book)?.control.musicS).toBe(120);
  });

  it("counts crashes as they grow, from nothing after the box was started again, and finds a loop", () => {
    const book = watched();
    const candidate = { model: "m 2.0.0" };
    book.telemetry("v.box", telemetry(2, { ...candidate, crashes: 2 }), 2 * S);
    book.telemetry("v.box", telemetry(3, { ...candidate, crashes: 2 }), 3 * S);
    expect(unitOf(book)).toMatchObject({
      crashesInTenMinutes: 2,
      candidate: { counts: { crashes: 2, "unstable-hours": 1 } },
    });

    book.telemetry("v.box", telemetry(4, { ...candidate, session: "s2", crashes: 1 }), 4 * S);
    expect(unitOf(book)?.crashesInTenMinutes).toBe(3);
    book.telemetry("v.box", telemetry(5, { ...candidate, session: "s2", crashes: 2 }), 3600 * S);
    expect(unitOf(book)).toMatchObject({ crashesInTenMinutes: 3, candidate: { counts: { crashes: 4 } } });
  });

  it("finds the loop of a box that crashes before it has any health to tell", () => {
    const book = watched();
    book.runs("v.box", "m 2.0.0", 2 * S);
    const { health: _, ...silent } = telemetry(3, { crashes: 3 });
    book.telemetry("v.box", silent, 3 * S);

    expect(unitOf(book)?.crashesInTenMinutes).toBe(3);
  });

  it("says nothing of crashes from before it first heard of the box", () => {
    const book = new HealthBook({ blockS: 600 });
    book.watch({ id: "r-1", candidate: "m 2.0.0" });
    book.telemetry("v.box", telemetry(1, { model: "m 2.0.0", crashes: 7 }), S);

    expect(unitOf(book)).toMatchObject({ crashesInTenMinutes: 0, candidate: { counts: { crashes: 0 } } });
    book.telemetry("v.box", telemetry(2, { model: "m 2.0.0", crashes: 8 }), 2 * S);
    expect(unitOf(book)?.crashesInTenMinutes).toBe(1);
  });

  it("counts outages against the model that ran", () => {
    const book = watched();
    const status = { state: "offline", model: "m 2.0.0" } as StatusMessage;
    book.status("v.box", status, 2 * S);
    book.status("v.box", status, 3 * S);

    expect(unitOf(book)?.candidate.counts).toMatchObject({ offline: 2, "unstable-hours": 1 });
  });

  it("forgets a past of more than two weeks, and takes no candidate's deeds for a past", () => {
    const book = watched();
    book.telemetry("v.box", telemetry(2, { model: "m 2.0.0" }), 2 * S);
    book.telemetry("v.box", telemetry(3), 8 * DAY_US);
    book.watch({ id: "r-2", candidate: "m 3.0.0" });
    book.telemetry("v.box", telemetry(4), 8 * DAY_US + S);
    expect(book.units("r-2", () => ({}))[0]?.before.musicS).toBe(120);

    book.telemetry("v.box", telemetry(5), 16 * DAY_US);
    book.watch({ id: "r-3", candidate: "m 3.0.0" });
    book.telemetry("v.box", telemetry(6), 24 * DAY_US);
    expect(book.units("r-3", () => ({}))[0]?.before.musicS).toBe(60);
  });

  it("goes on from its rows after a restart", () => {
    const book = watched();
    book.telemetry("v.box", telemetry(2, { model: "m 2.0.0" }), 2 * S);
    const { devices, rollouts } = structuredClone(book.takeChanged());
    expect(book.takeChanged()).toEqual({ devices: [], rollouts: [] });

    const again = new HealthBook({ blockS: 600 });
    again.seed(devices);
    again.watch({ id: "r-1", candidate: "m 2.0.0" }, rollouts);
    expect(unitOf(again)).toEqual(unitOf(book));
    expect(again.telemetry("v.box", telemetry(2, { model: "m 2.0.0" }), 3 * S)).toBe(false);
  });
});
