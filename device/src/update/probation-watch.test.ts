import type { TelemetryMessage } from "@tactus/shared";
import { expect, test } from "vitest";
import { ProbationWatch } from "./probation-watch.js";

const stage = { p50: 1, p99: 1, max: 1 };

/** A report every ten seconds; `share` of its 500 hops are late. */
function reports(watch: ProbationWatch) {
  const counts = { hops: 0, lateHops: 0 };
  return ({ late = 0, cpu = 0.05, p99 = 2, beats = 20, musicS = 10 }): string | undefined => {
    counts.hops += 500;
    counts.lateHops += late;
    const latency = { capture: stage, frontend: stage, model: stage, decoder: stage, hop: { ...stage, p99 } };
    const health = {
      model: "m 1",
      seconds: 10,
      musicS,
      lockedS: 0,
      beats,
      periodChange: 0,
      octaveFlips: 0,
      relocks: 0,
      relockS: 0,
      confidence: 0,
      corrections: 0,
    };
    const rest = { v: 1 as const, session: "s", sentAtUs: 1, uptimeS: 1, residentMb: 1, xruns: 0 };
    return watch.hear({ ...rest, cpu, ...counts, latency, health } satisfies TelemetryMessage);
  };
}

function begun() {
  const watch = new ProbationWatch();
  const report = reports(watch);
  for (let k = 0; k < 5; k++) report({});
  watch.begin();
  return report;
}

test("a candidate that costs more and is late three times in a row must go", () => {
  const report = begun();

  expect(report({ late: 50, cpu: 0.5 })).toBeUndefined();
  expect(report({ late: 50, cpu: 0.5 })).toBeUndefined();
  expect(report({ late: 50, cpu: 0.5 })).toMatch(/Too slow for this box: 10.0 % of the hops were late/);
});

test("a candidate is not blamed for a box that is busy with something else", () => {
  const report = begun();

  for (let k = 0; k < 10; k++) expect(report({ late: 130, p99: 86, cpu: 0.055 })).toBeUndefined();
});

test("a candidate that costs more and keeps up may stay", () => {
  const report = begun();

  for (let k = 0; k < 10; k++) expect(report({ cpu: 0.2, p99: 8 })).toBeUndefined();
});

test("a candidate that hears a minute of music and no beat must go; silence is no reason", () => {
  const report = begun();

  for (let k = 0; k < 20; k++) expect(report({ beats: 0, musicS: 0 })).toBeUndefined();
  for (let k = 0; k < 5; k++) expect(report({ beats: 0 })).toBeUndefined();
  expect(report({ beats: 0 })).toBe("No beat in 60 s of music");
});
