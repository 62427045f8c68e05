import { describe, expect, it } from "vitest";
import { ClockOffset } from "./clock-offset.js";

/** A ping that took `downUs` and `upUs`, with the cloud's clock `offsetUs` ahead. */
function ping(sentAtUs: number, offsetUs: number, upUs: number, downUs: number) {
  const receivedAtUs = sentAtUs + upUs + offsetUs;
  const repliedAtUs = receivedAtUs + 300;
  return { sentAtUs, receivedAtUs, repliedAtUs, answeredAtUs: repliedAtUs - offsetUs + downUs };
}

describe("clock offset", () => {
  it("is exact when both ways take equally long", () => {
    const clock = new ClockOffset();
    clock.add(ping(1000, 5_000_000, 800, 800));

    expect(clock.offsetUs).toBe(5_000_000);
    expect(clock.roundTripUs).toBe(1600);
  });

  it("believes the quick pings, not those that were held up one way", () => {
    const clock = new ClockOffset();
    for (let index = 0; index < 16; index++) {
      const heldUp = index % 2 === 0 ? 80_000 : 0;
      clock.add(ping(index * 1e6, -3_000_000, 900 + heldUp, 900));
    }

    expect(Math.abs(clock.offsetUs + 3_000_000)).toBeLessThan(100);
  });

  it("has the greeting's stamp before any ping, and forgets it soon", () => {
    const clock = new ClockOffset();
    clock.seed(10_000_000, 4_000_000);
    expect(clock.offsetUs).toBe(6_000_000);
    expect(clock.roundTripUs).toBe(undefined);

    clock.add(ping(1000, 6_020_000, 500, 500));
    expect(clock.offsetUs).toBe(6_020_000);
  });

  it("is nothing before anything is known", () => {
    expect(new ClockOffset().offsetUs).toBe(0);
  });
});
