import { expect, test } from "vitest";
import { CaptureOffset } from "./capture-offset.js";

test("a new offset is reached by one hundredth of the time that passes, and not overshot", () => {
  const offset = new CaptureOffset({ offset: -0.02 });
  offset.set(0.01);

  const steps = Array.from({ length: 400 }, () => offset.advance(0.01, false));

  expect(Math.max(...steps)).toBeCloseTo(0.0001, 9);
  expect(steps.slice(0, 299).every((step) => step > 0)).toBe(true);
  expect(offset.now).toBe(0.01);
  expect(steps.at(-1)).toBe(0);
});

test("in silence it is there at once", () => {
  const offset = new CaptureOffset({ offset: 0 });
  offset.set(-0.5);

  expect(offset.advance(0.01, true)).toBe(-0.5);
  expect(offset.now).toBe(-0.5);
});
