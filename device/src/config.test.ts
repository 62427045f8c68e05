import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfig } from "./config.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactus-config-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function load(yaml: string, environment: NodeJS.ProcessEnv = {}) {
  const file = join(folder, "device.yaml");
  await writeFile(file, yaml);
  return loadConfig({ file, environment });
}

test("an empty file is the defaults", async () => {
  const config = await load("");

  expect(config).toMatchObject({ venue: "local", device: "box", source: "default", leadMs: 200, freezeMs: 100 });
  expect(config.mqtt).toMatchObject({ host: "0.0.0.0", port: 1883, publicRead: true });
  expect(config.cloud).toBeUndefined();
});

test.each([
  ["leadMs: much", /device\.yaml: leadMs: /],
  ["mqtt: { port: 99999 }", /mqtt\.port: /],
  ["mqtt: { publicRaed: false }", /mqtt: .*publicRaed/],
  ["venue: The Club", /venue: venue may hold only a–z/],
  ["cloud: { url: 'ftp://x' }", /cloud\.url: must be an https/],
  ["leadMs: 50", /freezeMs 100 is more than leadMs 50/],
  ["a: [", /not YAML/],
  ["- list", /holds no settings/],
])("%s is refused by name", async (yaml, message) => {
  await expect(load(yaml)).rejects.toThrow(message);
});

test("a file that was named must exist", async () => {
  await expect(loadConfig({ file: join(folder, "missing.yaml") })).rejects.toThrow(/missing\.yaml cannot be read/);
});

test("the command line is stronger than the file", async () => {
  const file = join(folder, "device.yaml");
  await writeFile(file, "source: usb\nmqtt: { port: 1900, host: 127.0.0.1 }");

  const config = await loadConfig({ file, overrides: { source: "-", port: 0 }, environment: {} });

  expect(config.source).toBe("-");
  expect(config.mqtt).toMatchObject({ port: 0, host: "127.0.0.1" });
});

test("secrets may come from the environment", async () => {
  const yaml = "cloud: { url: 'mqtt://cloud.example', username: box }";

  const config = await load(yaml, { TACTUS_PAIRING_CODE: "WXYZ-2345", TACTUS_CLOUD_PASSWORD: "hidden" });

  expect(config.mqtt.pairingCode).toBe("WXYZ-2345");
  expect(config.cloud?.password).toBe("hidden");
});
