import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openCloudFetch } from "../src/identity/cloud-fetch.js";
import { BIN, DeviceUnderTest, eventually } from "./device-under-test.js";

let folder: string;
let cloud: ChildProcess;
let url = "";
let said = "";
let fingerprint = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactus-claim-tls-"));
  const told = execFileSync(process.execPath, [BIN, "cloud", "init", "--data-dir", folder, "--host", "localhost"]);
  fingerprint = /Fingerprint +([0-9A-F:]+)/.exec(told.toString())?.[1] ?? "";
  await writeFile(join(folder, "cloud.yaml"), `dataDir: ${folder}\ntls: own\nhttp: { port: 0 }\nmqtt: { port: 0 }\n`);
  cloud = spawn(process.execPath, [BIN, "cloud", "--config", join(folder, "cloud.yaml")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  cloud.stdout?.on("data", (chunk) => {
    said += chunk;
  });
  await eventually(() => said.includes("Access "), "the cloud is up", 60_000);
  url = /https:\/\/\S+/.exec(said)?.[0].replace("127.0.0.1", "localhost") ?? "";
});
afterAll(async () => {
  cloud.kill("SIGTERM");
  await once(cloud, "exit");
  await rm(folder, { recursive: true, force: true });
});

const codeOn = (device: DeviceUnderTest) =>
  eventually(() => /Claim code ([A-Z2-9-]{9})/.exec(device.stdout)?.[1], "a claim code");

test("a box that knows the fingerprint is claimed over https and reports over mqtts", async () => {
  expect(said).toMatch(/mqtts:\/\//);
  const device = await DeviceUnderTest.start({ cloud: { url, caFingerprint: fingerprint } });
  try {
    const code = await codeOn(device);
    const ca = await readFile(join(folder, "tls/ca-cert.pem"), "utf8");
    const token = (await readFile(join(folder, "admin-token"), "utf8")).trim();
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const fetch = openCloudFetch({ access: () => ({ httpUrl: url, ca, floorMs: 0 }) });
    const body = JSON.stringify({ code, venue: "hall", device: "tls" });

    expect((await fetch("/api/v1/devices/claim", { method: "POST", headers, body })).status).toBe(201);

    await eventually(
      async () =>
        (JSON.parse((await fetch("/api/v1/devices/hall.tls")).body.toString()) as { state: string }).state === "online",
      "online over mqtts",
      60_000,
    );
    const kept = JSON.parse(await readFile(join(device.folder, "state/credentials.json"), "utf8")) as Record<
      string,
      string
    >;
    expect(kept.mqttUrl).toMatch(/^mqtts:\/\/localhost:\d+$/);
    expect(kept.ca).toBe(ca);
  } finally {
    await device.stop();
  }
});

test("a box with another fingerprint, or none, tells this cloud nothing", async () => {
  for (const cloudSettings of [{ url, caFingerprint: "00".repeat(32) }, { url }]) {
    const device = await DeviceUnderTest.start({ cloud: cloudSettings });
    try {
      await eventually(() => /cannot be trusted yet|Not registered at the cloud/.test(device.stderr), "it says so");
      expect(device.stdout).not.toContain("Claim code");
    } finally {
      await device.stop();
    }
  }
});
