import { expect, test } from "vitest";
import { OUTAGES, OutagePlan } from "./outage-plan.js";

const plan = (seed = "1") => new OutagePlan({ seed, settings: OUTAGES.many });
const at = { venue: "hall", device: "box" };
const seconds = Array.from({ length: 7200 }, (_, second) => second);

test("outages are the same in every process, and others for another seed", () => {
  const names = (seed?: string) => seconds.map((second) => plan(seed).at(second, at)?.name);

  expect(names()).toEqual(names());
  expect(names("2")).not.toEqual(names());
});

test("a venue's outage is that of all its devices, and none where none are wanted", () => {
  const other = { venue: "hall", device: "other" };
  for (const second of seconds) {
    const outage = plan().at(second, at);
    if (outage?.name.startsWith("venue ")) expect(plan().at(second, other)).toEqual(outage);
  }
  const none = new OutagePlan({ seed: "1", settings: OUTAGES.none });
  expect(seconds.some((second) => none.at(second, at))).toBe(false);
});

test("an outage lasts until the end it names", () => {
  const first = seconds.find((second) => plan().at(second, at)) ?? 0;
  const outage = plan().at(first, at);

  expect(outage?.untilS).toBeGreaterThan(first);
  expect(plan().at((outage?.untilS ?? 0) + 0.001, at)?.name).not.toBe(outage?.name);
});
