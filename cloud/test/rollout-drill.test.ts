/** The rollout drill, small: the benchmark's own program over fewer boxes and repeats. It exits 1 when a gate failed. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const DRILL = fileURLToPath(new URL("../../benchmarks/rollout-drill.mjs", import.meta.url));

it("a worse model is stopped before a tenth of the fleet has it and rolled back, an equal one comes through", async () => {
  const args = [DRILL, "--devices", "100", "--repeats", "1", "--virtual", "2"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 290_000 });

  expect(stdout).toContain("worse: 0 missed, 0 not rolled back");
  expect(stdout).toContain("equal: 0 stopped, 1 completed");
  expect(stdout).toMatch(/worse: 2 stopped, 0 completed/);
}, 300_000);
