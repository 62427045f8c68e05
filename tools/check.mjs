#!/usr/bin/env node
/**
 * Everything that decides whether a change is good: one line per step, the whole log of a step that fails, and the sum at
 * the end. `npm test` runs it after set-up. With names as arguments it runs those steps only.
 */
import { fileURLToPath } from "node:url";
import { STEPS } from "./check/steps.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** A step counts as one check unless it says how many tests it ran. */
async function perform(step) {
  const began = performance.now();
  const result = await step.run(ROOT);
  const passed = result.passed ?? (result.ok && !result.skipped ? 1 : 0);
  // A step that fails without a failed test (a crash, no test found) is a failure all the same.
  const failed = result.ok ? 0 : Math.max(1, result.failed ?? 1);
  return { ...result, passed, failed, name: step.name, seconds: (performance.now() - began) / 1000 };
}

function print({ name, ok, skipped, note = "", log, seconds }) {
  const verdict = !ok ? "FAIL" : skipped ? "skip" : "ok";
  console.log(`${verdict.padEnd(5)} ${name.padEnd(11)} ${seconds.toFixed(1).padStart(6)} s  ${note}`.trimEnd());
  if (!ok && log) console.log(log.trimEnd());
}

async function main(names) {
  const unknown = names.filter((name) => !STEPS.some((step) => step.name === name));
  if (unknown.length > 0) {
    console.error(`No step "${unknown[0]}"; there are: ${STEPS.map((step) => step.name).join(", ")}`);
    process.exitCode = 2;
    return;
  }
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const step of STEPS.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const result = await perform(step);
    print(result);
    sum.passed += result.passed;
    sum.failed += result.failed;
    sum.skipped += result.testsSkipped ?? 0;
  }
  console.log(`${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ""}`);
  if (sum.failed > 0) process.exitCode = 1;
}

await main(process.argv.slice(2));
