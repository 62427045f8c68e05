import { describe, expect, it } from "vitest";
import { ClockOffset } from "./clock-offset.js";

const EPOCH_S = 1_795_360_000;

/** An exchange at bridge time `at`, with the way there and back in seconds; the device's clock is `offset` ahead. */
function exchange(clock: ClockOffset, at: number, { there = 0.001, back = 0.001, offset = EPOCH_S } = {}): void {
  const received = at + there + offset;
  const pong = {
    v: 1 as const,
    client: "bridge-1",
    pingSentAtUs: Math.round(at * 1e6),
    receivedAtUs: Math.round(received * 1e6),
    sentAtUs: Math.round((received + 0.0002) * 1e6),
  };
  clock.hearPong(pong, at + there + 0.0002 + back);
}

const errorAt = (clock: ClockOffset, now: number, offset = EPOCH_S): number =>
  (clock.monotonicAt((now + offset) * 1e6, now) ?? Number.NaN) - now;

describe("clock offset", () => {
  it("is unknown before anything was heard", () => {
    expect(new ClockOffset().monotonicAt(1, 0)).toBeUndefined();
  });

  it("takes the exchanges with the shortest way", () => {
    const clock = new ClockOffset();
    for (let k = 0; k < 16; k++) exchange(clock, k * 0.5, k % 2 ? {} : { there: 0.2, back: 0.01 });

    expect(Math.abs(errorAt(clock, 8))).toBeLessThan(0.0005);
  });

  it("follows a drift", () => {
    const clock = new ClockOffset();
    const offsetAt = (at: number) => EPOCH_S + at * 50e-6;
    for (let at = 0; at < 200; at += 5) exchange(clock, at, { offset: offsetAt(at) });

    expect(Math.abs(errorAt(clock, 260, offsetAt(260)))).toBeLessThan(0.0005);
  });

  it("begins anew when the device's clock was set", () => {
    const clock = new ClockOffset();
    for (let k = 0; k < 10; k++) exchange(clock, k);
    exchange(clock, 10, { offset: EPOCH_S + 3600 });

    expect(Math.abs(errorAt(clock, 11, EPOCH_S + 3600))).toBeLessThan(0.001);
  });

  it("makes do with arrivals, the quickest of them, until an exchange is answered", () => {
    const clock = new ClockOffset();
    for (const [k, delay] of [0.03, 0.002, 0.4, 0.05].entries()) clock.hearArrival((EPOCH_S + k) * 1e6, k + delay);

    expect(errorAt(clock, 4)).toBeCloseTo(0.002, 4);
    expect(clock.isMeasured).toBe(false);
  });

  it("notices by arrivals alone that the device's clock was set back or forward", () => {
    const clock = new ClockOffset();
    for (let k = 0; k < 5; k++) clock.hearArrival((EPOCH_S + k) * 1e6, k + 0.002);
    for (let k = 5; k < 12; k++) clock.hearArrival((EPOCH_S + k - 60) * 1e6, k + 0.002);
    const back = errorAt(clock, 12, EPOCH_S - 60);
    clock.hearArrival((EPOCH_S + 13) * 1e6, 13.002);

    expect(back).toBeCloseTo(0.002, 4);
    expect(errorAt(clock, 14)).toBeCloseTo(0.002, 4);
  });

  it("ignores an answer that cannot be", () => {
    const clock = new ClockOffset();

    clock.hearPong({ v: 1, client: "b", pingSentAtUs: 9e6, receivedAtUs: 5, sentAtUs: 4 }, 1);

    expect(clock.isMeasured).toBe(false);
  });
});
