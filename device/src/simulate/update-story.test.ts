import type { DesiredModel } from "@tactus/shared";
import { expect, test } from "vitest";
import { QualityTable } from "./model-quality.js";
import { Random } from "./random.js";
import { UpdateStory } from "./update-story.js";

const SECOND = 1_000_000;
const wish = (version: string, more: Partial<DesiredModel> = {}): DesiredModel => ({
  name: "beat",
  version,
  rollout: "r1",
  switch: { when: "quiet", windows: [], lockExpiresS: 0 },
  shadowS: 30,
  probationS: 60,
  ...more,
});

function story(): UpdateStory {
  const table = new QualityTable();
  const active = { name: "beat", version: "1.0.0" };
  return new UpdateStory({ active, random: new Random("1"), qualityOf: (name) => table.of(name) });
}

/** States in the order in which they were reported, a step a second. */
function statesOf(subject: UpdateStory, seconds: number, isPlaying = false): string[] {
  const states: string[] = [];
  for (let k = 0; k < seconds; k++)
    if (subject.tick(k * SECOND, isPlaying)) states.push(subject.report().update?.state ?? "none");
  return states;
}

test("an update goes through its steps and leaves the old model in the other slot", () => {
  const subject = story();
  expect(subject.want(wish("1.1.0"), 0)).toBe(true);

  expect(statesOf(subject, 200)).toEqual(["golden", "shadow", "waiting", "probation", "committed"]);
  const report = subject.report();
  expect(report).toMatchObject({ active: { version: "1.1.0" }, standby: { version: "1.0.0" } });
  expect(report.update?.shadow).toMatchObject({ model: "beat 1.1.0", musicS: 30 });
  expect(report.update?.golden?.agreement).toBe(1);
});

test("music holds the switch up until the lock expires", () => {
  const subject = story();
  subject.want(wish("1.1.0", { switch: { when: "quiet", windows: [], lockExpiresS: 100 } }), 0);

  statesOf(subject, 100, true);
  expect(subject.report().update).toMatchObject({ state: "waiting", lock: { reason: "music is playing" } });
  expect(statesOf(subject, 400, true)).toContain("committed");
});

test("a model that always fails ends, and the old one stays", () => {
  const subject = story();
  subject.want(wish("1.1.99"), 0);

  expect(["failed", "refused", "rolled-back"]).toContain(statesOf(subject, 200).at(-1));
  expect(subject.active.version).toBe("1.0.0");
});

test("a crash in probation rolls back, and the slot before is one step away", () => {
  const subject = story();
  subject.want(wish("1.1.0", { probationS: 1000 }), 0);
  statesOf(subject, 200);
  expect(subject.crashed(200 * SECOND)).toBe(true);
  expect(subject.report()).toMatchObject({ active: { version: "1.0.0" }, update: { state: "rolled-back" } });

  const other = story();
  other.want(wish("1.1.0"), 0);
  statesOf(other, 200);
  other.want(wish("1.0.0"), 300 * SECOND);
  expect(other.report()).toMatchObject({ active: { version: "1.0.0" }, update: { state: "committed" } });
});

test("the same wish again begins nothing anew", () => {
  const subject = story();
  subject.want(wish("1.1.0"), 0);

  expect(subject.want(wish("1.1.0"), SECOND)).toBe(false);
  expect(subject.want(undefined, 2 * SECOND)).toBe(true);
  expect(subject.report().update).toMatchObject({ state: "failed", reason: "No longer wanted" });
});
