import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const BIN = fileURLToPath(new URL("../../bin/tactus.mjs", import.meta.url));

it("a device whose stateDir can never be made says so once and ends", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tactus-state-"));
  const config = join(folder, "device.yaml");
  await writeFile(config, "stateDir: /proc/nowhere/state\nmqtt: { port: 0 }\n");

  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    const args = [BIN, "device", "--config", config, "--source", BIN];
    execFile(process.execPath, args, { timeout: 60_000 }, (error, _out, text) =>
      resolve({ code: error?.code, stderr: text }),
    );
  });

  expect(code).toBe(1);
  expect(stderr.trim()).toMatch(
    /^tactus: Folder \/proc\/nowhere\/state cannot be written \(ENOENT.*choose another stateDir/,
  );
  expect(stderr.trim().split("\n")).toHaveLength(1);
  await rm(folder, { recursive: true });
});
