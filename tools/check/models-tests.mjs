/**
 * The quick Python tests of models/, where their environment has been made already. A fresh machine has python3 but none
 * of the packages, and a test run should not fetch them.
 */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "../setup/report.mjs";

/** Where models/scripts/python.mjs makes it. */
const CACHE = process.env.TACTUS_CACHE ?? join(homedir(), ".cache", "tactus");

export async function modelsTests(root) {
  const python = join(CACHE, "venv/bin/python");
  if (!existsSync(python) || existsSync(join(CACHE, "venv/.unfinished")))
    return skip("no Python environment yet: npm run models:test makes one");
  if (!(await hasPackages(python, root))) return skip("the Python environment lacks numpy or pytest");
  const args = ["-m", "pytest", "-q", "-m", "not slow", "models/tests"];
  const env = { ...process.env, PYTHONPATH: join(root, "models") };
  const { code, output } = await run(python, args, { cwd: root, env });
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
