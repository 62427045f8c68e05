/**
 * The quick Python tests of models/, where their environment has been made already. A fresh machine has python3 but none
 * of the packages, and a test run should not fetch them.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "../setup/report.mjs";

const PYTHON = "models/.cache/venv/bin/python";

export async function modelsTests(root) {
  const python = join(root, PYTHON);
  if (!existsSync(python)) return skip("no Python environment yet: npm run models:test makes one");
  if (!(await hasPackages(python, root))) return skip("the Python environment lacks numpy or pytest");
  const args = ["-m", "pytest", "-q", "-m", "not slow", "models/tests"];
  const { code, output } = await run(python, args, { cwd: root });
  // pytest's own code for "no tests collected".
  if (code === 5) return skip("no quick test");
  return { ok: code === 0, log: output, ...countsOf(output), note: output.trim().split("\n").at(-1) };
}

const skip = (note) => ({ ok: true, skipped: true, note });

async function hasPackages(python, cwd) {
  const { code } = await run(python, ["-c", "import numpy, pytest"], { cwd });
  return code === 0;
}

/** "12 passed, 1 skipped in 3.21s" */
export function countsOf(output) {
  const last = output.trim().split("\n").at(-1) ?? "";
  const count = (word) => Number(new RegExp(`(\\d+) ${word}`).exec(last)?.[1] ?? 0);
  return { passed: count("passed"), failed: count("failed") + count("errors?"), testsSkipped: count("skipped") };
}
