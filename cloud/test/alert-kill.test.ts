import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { AT_ONCE, alertingConfig, HookReceiver } from "./alerting-cloud.js";
import { CloudProcess } from "./cloud-process.js";
import { eventually } from "./cloud-under-test.js";
import { SimulatedDevice } from "./simulated-device.js";

const BIN = fileURLToPath(new URL("../../bin/tactus.mjs", import.meta.url));

it("what was queued when the cloud was killed is delivered by the next one, and the audit log is whole", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "tactus-alert-kill-"));
  const receiver = await new HookReceiver().start();
  const config = alertingConfig({ dataDir });
  let cloud = await new CloudProcess(dataDir, ["--config", config]).start();
  const ask = async (method: string, path: string, body?: object) => {
    const token = (await readFile(join(dataDir, "admin-token"), "utf8")).trim();
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const response = await fetch(`${cloud.url}/api/v1${path}`, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    expect(response.ok).toBe(true);
    return (await response.json()) as { deliveries: { id: string; state: string }[] };
  };

  await ask("PUT", "/alert-rules", { scope: "fleet", rules: { offline: AT_ONCE } });
  await ask("POST", "/webhooks", { url: receiver.url });
  await receiver.stop();
  const box = new SimulatedDevice({ cloud, venue: "club", device: "main" });
  await box.connect();
  box.vanish();
  const queued = await eventually(
    async () => (await ask("GET", "/deliveries?state=queued")).deliveries[0],
    "it is queued",
  );
  await cloud.end("SIGKILL");

  await receiver.start();
  cloud = await new CloudProcess(dataDir, ["--config", config]).start();
  await eventually(() => receiver.received.length > 0, "the next cloud delivers it");
  const delivered = await eventually(
    async () => (await ask("GET", "/deliveries?state=delivered")).deliveries[0],
    "it is known as delivered",
  );
  expect(delivered.id).toBe(queued.id);
  expect(receiver.received.map(({ headers }) => headers["webhook-id"])).toEqual([queued.id]);

  const said = execFileSync(process.execPath, [BIN, "cloud", "audit", "verify", "--data-dir", dataDir], {
    encoding: "utf8",
  });
  expect(said).toMatch(/^\d+ lines in order, head \d+:[0-9a-f]{64}\n$/);
  await cloud.end("SIGTERM");
  await receiver.stop();
  await rm(dataDir, { recursive: true, force: true });
});
