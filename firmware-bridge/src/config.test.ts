import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadConfig } from "./config.js";
import { configSchemaText } from "./config-schema.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactus-bridge-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function load(text: string, environment = {}) {
  const file = join(folder, "bridge.yaml");
  await writeFile(file, text);
  return loadConfig({ file, environment });
}

it("configuration has defaults for everything but the outputs", async () => {
  const { config, folder: base } = await load("outputs: { lamp: { type: memory } }");

  expect(config.mqtt.url).toBe("mqtt://127.0.0.1:1883");
  expect(config.outputs.lamp).toMatchObject({ type: "memory", enabled: true, latencyMs: 0 });
  expect(config.outputs.lamp?.policy.whenSilent).toEqual({ freeRunBars: 0, end: "fade", fadeMs: 1500 });
  expect(base).toBe(folder);
});

it("the command line and the environment are stronger than the file", async () => {
  const file = join(folder, "bridge.yaml");
  await writeFile(file, "mqtt: { url: 'mqtt://a', password: x }");

  const environment = { TACTUS_MQTT_PASSWORD: "y" };
  const { config } = await loadConfig({ file, url: "mqtt://b", environment });

  expect(config.mqtt).toMatchObject({ url: "mqtt://b", password: "y" });
});

it.each([
  ["outputs: [", /bridge\.yaml is not YAML/],
  ["- 1", /holds no settings: write/],
  ["outputs: { lamp: { type: dmxx } }", /one of .*, not "dmxx"/],
  [
    "outputs: { lamp: { type: sacn, priority: 300 } }",
    /outputs\.lamp\.priority: expected number to be <=200, not 300;/,
  ],
  ["outputs: { lamp: { type: sacn, priority: high } }", /outputs\.lamp\.priority: expected number, not "high";/],
  ["outputs: { lamp: { type: sacn, prority: 9 } }", /outputs\.lamp: there is no setting "prority"/],
  ["outputs: { lamp: { type: ddp, host: a } }", /outputs\.lamp\.universe: is missing, expected number/],
  ["outputs: { Main Floor: { type: sacn } }", /outputs\.Main Floor: the name may hold only a–z/],
  ["outputs: [ { type: sacn } ]", /outputs: expected record, not a list/],
  ["rig:", /rig is empty: give it a value or leave the line out/],
  ["mqtt: mqtt://10.0.0.2", /mqtt: expected object, not "mqtt:\/\/10\.0\.0\.2"/],
  ["mqtt: { password: 12345 }", /mqtt\.password: expected string, not what is written/],
  ["outputs: { lamp: { type: dmx } }", /outputs\.lamp.*must be one of artnet, /],
  ["outputs: { lamp: { type: memory, latency: 3 } }", /outputs\.lamp.*latency/],
  ["outputs: { lamp: { type: memory, latencyMs: soon } }", /outputs\.lamp\.latencyMs/],
  ["outputs: { Lamp: { type: memory } }", /outputs\.Lamp/],
  ["outputs: { a: { type: memory, policy: { followFrom: 0.1 } } }", /followUntil 0\.2 is above followFrom 0\.1/],
  ["outputs: { a: { type: mqtt, homeAssistant: homeassistant } }", /homeAssistant needs url/],
  ["mqtt: { url: 'http://x' }", /mqtt\.url: must be an mqtt:\/\//],
])("configuration %s is refused with the place of its fault", async (text, reason) => {
  await expect(load(text)).rejects.toThrow(reason);
});

it("a file that was named must be there", async () => {
  await expect(loadConfig({ file: "/nowhere/bridge.yaml" })).rejects.toThrow(/\/nowhere\/bridge\.yaml cannot be read/);
});

it("bridge.schema.json is what the configuration's schema says", async () => {
  const path = fileURLToPath(new URL("../bridge.schema.json", import.meta.url));

  // Stale: node bin/tactus.mjs bridge schema > firmware-bridge/bridge.schema.json && npm run format
  expect(JSON.parse(await readFile(path, "utf8"))).toEqual(JSON.parse(configSchemaText()));
});
