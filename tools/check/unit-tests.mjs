/** Runs vitest and counts what it ran. */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../setup/report.mjs";

export async function unitTests(root) {
  const report = join(root, ".tactus/vitest.json");
  mkdirSync(join(root, ".tactus"), { recursive: true });
  rmSync(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { code, output } = await run("node_modules/.bin/vitest", ["run", ...reporters], {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1" },
  });
  const counts = existsSync(report) ? countsOf(JSON.parse(readFileSync(report, "utf8"))) : { passed: 0, failed: 1 };
  return { ok: code === 0, log: output, ...counts, note: noteOf(counts) };
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
