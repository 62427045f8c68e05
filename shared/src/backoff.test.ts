import { expect, test } from "vitest";
import { Backoff } from "./backoff.js";

test("backoff draws from a range that doubles up to its cap", () => {
  const backoff = new Backoff({ base: 1, cap: 8, random: () => 0.5 });

  const waits = [1, 2, 3, 4, 5, 6].map((now) => backoff.closed(now));

  expect(waits).toEqual([0.5, 1, 2, 4, 4, 4]);
});

test("backoff is not forgotten by a session that breaks at once", () => {
  const backoff = new Backoff({ base: 1, cap: 60, stable: 30, random: () => 1 });
  backoff.closed(0);
  backoff.closed(1);

  backoff.opened(2);

  expect(backoff.closed(4)).toBe(4);
});

test("backoff is forgotten after a stable session", () => {
  const backoff = new Backoff({ base: 1, cap: 60, stable: 30, random: () => 1 });
  backoff.closed(0);
  backoff.closed(1);

  backoff.opened(2);

  expect(backoff.closed(32)).toBe(1);
});
