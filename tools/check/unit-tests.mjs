/** Runs vitest and counts what it ran. */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../setup/report.mjs";

/** Unit tests first; then those that look at the clock beside those that only wait, each one file at a time. */
const TURNS = [["unit"], ["system", "fleet"]];

export async function unitTests(root) {
  mkdirSync(join(root, ".tactus"), { recursive: true });
  const results = [];
  for (const projects of TURNS) {
    results.push(...(await Promise.all(projects.map((project) => testsOf(root, project)))));
  }
  const counts = sumOf(results.map((result) => result.counts));
  const log = results.map((result) => (result.ok ? "" : result.output)).join("");
  return { ok: results.every(({ ok }) => ok), log, ...counts, note: noteOf(counts) };
}

async function testsOf(root, project) {
  const report = join(root, `.tactus/vitest-${project}.json`);
  rmSync(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { code, output } = await run("node_modules/.bin/vitest", ["run", "--project", project, ...reporters], {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1" },
  });
  const counts = existsSync(report) ? countsOf(JSON.parse(readFileSync(report, "utf8"))) : { passed: 0, failed: 1 };
  return { ok: code === 0, output, counts };
}

function sumOf(all) {
  const sum = { passed: 0, failed: 0, testsSkipped: 0 };
  for (const counts of all) for (const key of Object.keys(sum)) sum[key] += counts[key] ?? 0;
  return sum;
}

/** A file that fails to load has no failed test of its own, but is a failure. */
export function countsOf(report) {
  const broken = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    testsSkipped: report.numPendingTests + report.numTodoTests,
  };
}

function noteOf({ passed, failed, testsSkipped = 0 }) {
  const parts = [`${passed} passed`, failed > 0 && `${failed} failed`, testsSkipped > 0 && `${testsSkipped} skipped`];
  return parts.filter(Boolean).join(", ");
}
