import { describe, expect, it } from "vitest";
import { ClockSkew } from "./clock-skew.js";

const SECOND = 1_000_000;
const T0 = 1_700_000_000 * SECOND;

/** Messages every 100 ms, sent by a clock `behindUs` behind ours, under way 5 to 90 ms. */
function skewAfter(seconds: number, behindUs: number): number {
  const skew = new ClockSkew();
  for (let index = 0; index < seconds * 10; index++) {
    const sentAt = T0 + index * SECOND * 0.1;
    skew.add(sentAt - behindUs, sentAt + 5000 + (index % 7) * 14_000);
  }
  return skew.skewUs;
}

describe("clock skew", () => {
  it("is 0 for a device whose clock is right, however long messages take", () => {
    expect(skewAfter(60, 0)).toBe(0);
  });

  it("is told by the quickest message", () => {
    expect(skewAfter(60, 10 * SECOND)).toBe(10 * SECOND + 5000);
    expect(skewAfter(60, -3 * SECOND)).toBe(-3 * SECOND + 5000);
  });

  it("follows a clock that is set, within two windows", () => {
    const skew = new ClockSkew();
    for (let second = 0; second < 20; second++) skew.add(T0 + second * SECOND - 100 * SECOND, T0 + second * SECOND);
    expect(skew.skewUs).toBe(100 * SECOND);
    for (let second = 20; second < 90; second++) skew.add(T0 + second * SECOND, T0 + second * SECOND + 2000);

    expect(skew.skewUs).toBe(0);
  });

  it("is 0 before anything is known", () => {
    expect(new ClockSkew().skewUs).toBe(0);
  });
});
