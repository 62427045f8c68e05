import { expect, test } from "vitest";
import { type Condition, ConditionWatch } from "./condition-watch.js";

const signal = (...conditions: Condition[]) => ({ push: () => {}, report: () => ({ conditions }) });

test("a gap is told for ten seconds, beside what the signal suffers from", () => {
  const watch = new ConditionWatch();
  watch.watch(signal("hum"));

  watch.xrun(100);

  expect(watch.present(105)).toEqual(["hum", "xrun"]);
  expect(watch.present(111)).toEqual(["hum"]);
});

test("nothing is wrong before anything was heard", () => {
  expect(new ConditionWatch().present(0)).toEqual([]);
});
