import { expect, it } from "vitest";
import { RateLimit } from "./rate-limit.js";

it("rate limit admits a second's worth at once and then at its pace", () => {
  const limit = new RateLimit({ perSecond: 10 });
  const admitted = (nowUs: number, calls: number) =>
    Array.from({ length: calls }, () => limit.admit(nowUs)).filter(Boolean).length;

  expect(admitted(5_000_000, 30)).toBe(10);
  expect(admitted(5_100_000, 30)).toBe(1);
  expect(admitted(9_000_000, 30)).toBe(10);
});
