import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const BIN = fileURLToPath(new URL("../../bin/tactus.mjs", import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactus-cli-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** `tactus bridge …` with a configuration: its exit code and the last line of its errors. */
async function bridge(args: string[], config: object): Promise<{ code: number; said: string }> {
  const file = join(folder, "bridge.yaml");
  await writeFile(file, JSON.stringify(config));
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [BIN, "bridge", ...args, "--config", file],
      { timeout: 60_000 },
      (error, _out, stderr) => {
        resolve({ code: Number(error?.code ?? 0), said: stderr.trimEnd().split("\n").at(-1) ?? "" });
      },
    );
  });
}

it("a test of an output that never opens ends with 1 and says why", async () => {
  const outputs = { strip: { type: "serial", port: "/dev/nowhere" } };

  const { code, said } = await bridge(["test", "strip", "--seconds", "1"], {
    stateDir: join(folder, "state"),
    outputs,
  });

  expect(code).toBe(1);
  expect(said).toContain("Output strip never opened: /dev/nowhere is not there");
});

it("a test of an output that works ends with 0", async () => {
  const outputs = { it: { type: "memory" } };

  const { code } = await bridge(["test", "it", "--seconds", "1"], { stateDir: join(folder, "state"), outputs });

  expect(code).toBe(0);
});

it("a bridge whose stateDir can never be made says so once and ends", async () => {
  const { code, said } = await bridge([], { stateDir: "/proc/nowhere/state", outputs: { it: { type: "memory" } } });

  expect(code).toBe(1);
  expect(said).toContain("stateDir /proc/nowhere/state cannot be made (ENOENT): name a folder that may be written");
});
