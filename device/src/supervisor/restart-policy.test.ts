import { expect, test } from "vitest";
import { RestartPolicy } from "./restart-policy.js";

test("the first restart is at once, the next ones wait longer and longer", () => {
  const policy = new RestartPolicy();

  const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((now) => policy.died(now - 1, now));

  expect(delays).toEqual([0, 0.25, 0.5, 1, 2, 4, 8, 16, 30, 30]);
});

test("a process that lived for a minute is restarted at once again", () => {
  const policy = new RestartPolicy();
  policy.died(0, 1);
  policy.died(1, 2);

  expect(policy.died(2, 62)).toBe(0);
});

test("three deaths within ten minutes are a nuisance until ten minutes have passed", () => {
  const policy = new RestartPolicy();
  policy.died(0, 100);
  policy.died(100, 200);
  const before = policy.isNuisance(200);

  policy.died(200, 300);

  expect(before).toBe(false);
  expect(policy.isNuisance(300)).toBe(true);
  expect(policy.isNuisance(701)).toBe(false);
});
