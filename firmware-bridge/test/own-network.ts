/** A test file into a run of itself inside a network of its own, where only loopback is and nothing real can hear it. */
import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const INSIDE = "TACTUS_OWN_NETWORK";
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** A file of tests inside gets this long, milliseconds. */
const TIMEOUT_MS = 300_000;

/**
 * True inside: go on and define the tests. Outside it defines one test, which runs `file` again under `unshare` and fails with its
 * words; it is skipped with a message where no network can be made, and fails there if TACTUS_REQUIRE_RECEIVERS=1.
 */
export function inOwnNetwork(file: string): boolean {
  if (process.env[INSIDE] === "1") return true;
  const unshare = ["--net", ...(process.getuid?.() === 0 ? [] : ["--map-root-user"])];
  const able = spawnSync("unshare", [...unshare, "sh", "-c", "ip link set lo up"], { encoding: "utf8" });
  const missing = `A network of its own cannot be made: ${able.stderr || able.error?.message}`;
  if (able.status !== 0 && process.env.TACTUS_REQUIRE_RECEIVERS === "1") throw new Error(missing);
  if (able.status !== 0) console.warn(`skipped: ${missing}`);
  it.skipIf(able.status !== 0)("passes in a network of its own", { timeout: TIMEOUT_MS }, async () => {
    const command = 'ip link set lo up && exec "$0" node_modules/vitest/vitest.mjs run --project system "$1"';
    const args = [...unshare, "sh", "-c", command, process.execPath, fileURLToPath(file)];
    const result = await new Promise<{ failed: boolean; words: string }>((resolve) => {
      const env = { ...process.env, [INSIDE]: "1", NO_COLOR: "1" };
      execFile("unshare", args, { cwd: ROOT, env, maxBuffer: 1 << 24 }, (error, stdout, stderr) =>
        resolve({ failed: error !== null, words: `${stdout}\n${stderr}` }),
      );
    });

    expect(result.failed, result.words).toBe(false);
  });
  return false;
}
