import { expect, test } from "vitest";
import { ClockCheck } from "./clock-check.js";

/** The cloud is `ahead` of the box; the ways there and back take `out` and `back` milliseconds. */
function pong(check: ClockCheck, at: { ahead: number; out: number; back: number }): void {
  const [sent, ahead, out, back] = [1_800_000_000_000_000, at.ahead * 1000, at.out * 1000, at.back * 1000];
  const stamps = { pingSentAtUs: sent, receivedAtUs: sent + out + ahead, sentAtUs: sent + out + ahead };
  check.hear({ v: 1, client: "x", ...stamps }, sent + out + back);
}

test("clock check finds the offset when both ways are alike", () => {
  const check = new ClockCheck();

  pong(check, { ahead: 2500, out: 20, back: 20 });

  expect(check.offsetUs()).toBe(2_500_000);
  expect(check.isOff()).toBe(true);
});

test("clock check goes by the quick answers", () => {
  const check = new ClockCheck();

  for (let k = 0; k < 4; k++) pong(check, { ahead: 5, out: 4000, back: 10 });
  for (let k = 0; k < 4; k++) pong(check, { ahead: 5, out: 10, back: 10 });

  expect(check.offsetUs()).toBe(5000);
  expect(check.isOff()).toBe(false);
});

test("clock check knows nothing before the first answer", () => {
  expect(new ClockCheck().offsetUs()).toBeUndefined();
});
