import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BeatPrediction, OutputDmx, OutputState, topicOf } from "@tactus/shared";
import { connectAsync, type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { BridgeConfig } from "../src/config.js";
import type { MemoryOutput } from "../src/outputs/memory/index.js";
import type { OutputContext } from "../src/outputs/output.js";
import { Bridge } from "../src/runtime.js";
import { BIN, DeviceProcess, eventually } from "./device-process.js";

let device: DeviceProcess;
let client: MqttClient;
beforeAll(async () => {
  device = await DeviceProcess.start();
  client = await connectAsync(device.url, { protocolVersion: 4, ...device.login });
});
afterAll(async () => {
  await client?.endAsync(true);
  await device?.stop();
});

const silent: OutputContext["log"] = { info: () => {}, warn: () => {} };
const rig = { fixtures: [{ name: "par", profile: "rgb-par", channel: 1 }] };

async function startBridge(outputs: object, mqtt: object = device.login, log = silent): Promise<Bridge> {
  const config = BridgeConfig.parse({
    mqtt: { url: device.url, ...mqtt },
    stateDir: join(device.folder, "bridge"),
    outputs,
    rig,
  });
  const bridge = new Bridge({ config, folder: device.folder, log });
  await bridge.start();
  return bridge;
}

const memory = (bridge: Bridge, name: string) =>
  bridge.outputs.find((output) => output.name === name)?.output as MemoryOutput;

/** Messages of the device's tree below `leaf`, newest last. */
async function inbox(leaf: string): Promise<{ topic: string; payload: string }[]> {
  const messages: { topic: string; payload: string }[] = [];
  const prefix = `tactus/v1/club/booth/${leaf}`.replace(/[#+].*$/, "");
  client.on("message", (topic, payload) => {
    if (topic.startsWith(prefix)) messages.push({ topic, payload: payload.toString() });
  });
  await client.subscribeAsync(`tactus/v1/club/booth/${leaf}`);
  return messages;
}

describe("sound in, cues out", () => {
  it("gives each output one cue per beat that the device announces, at its own latency", async () => {
    const beats = await inbox("beat");
    const bridge = await startBridge({
      now: { type: "memory" },
      early: { type: "memory", latencyMs: 120, leadMs: 30 },
      late: { type: "memory", latencyMs: -120, frameRateHz: 40 },
    });

    await eventually(() => memory(bridge, "late").cues.length >= 16, "16 cues");
    await bridge.stop();

    const announced = new Set(beats.map(({ payload }) => (JSON.parse(payload) as BeatPrediction).beatId));
    for (const [name, latency] of [
      ["now", 0],
      ["early", 0.12],
      ["late", -0.12],
    ] as const) {
      const cues = memory(bridge, name).cues.map(({ cue }) => cue);
      const ids = cues.filter(({ source }) => source === "announced").map(({ beatId }) => beatId);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.filter((id) => !announced.has(id))).toEqual([]);
      expect(ids.length).toBeGreaterThan(8);
      const gaps = cues.slice(1).map((cue, index) => cue.dueAt - (cues[index]?.dueAt ?? 0));
      expect(Math.min(...gaps)).toBeGreaterThan(0.2);
      for (const { dueAt, fireAt } of cues) expect(dueAt - fireAt).toBeCloseTo(latency, 9);
    }
    const positions = memory(bridge, "late").poses.map(({ pose }) => pose.beatPosition);
    expect(positions.every((position, index) => position >= (positions[index - 1] ?? 0))).toBe(true);
  });

  it("tells the state of its outputs, and their bytes to who asks", async () => {
    const bridge = await startBridge({ page: { type: "mqtt", rigRateHz: 25 } });
    const messages = await inbox("output/page/+");

    const running = () =>
      messages.some(({ topic, payload }) => {
        if (!topic.endsWith("/state")) return false;
        const state = OutputState.parse(JSON.parse(payload));
        return state.state === "running" && state.receiving === "receiving" && state.cues.fired > 2;
      });
    await eventually(running, "a state that counts cues");
    expect(messages.some(({ topic }) => topic.endsWith("/dmx"))).toBe(false);
    await client.publishAsync(
      topicOf(device.address, "output/watch"),
      JSON.stringify({ v: 1, name: "page", forS: 20 }),
    );

    const bytes = () =>
      messages
        .filter(({ topic }) => topic.endsWith("/dmx"))
        .map(({ payload }) => OutputDmx.parse(JSON.parse(payload)).universes[0]?.channels ?? "");
    await eventually(() => new Set(bytes()).size > 5, "bytes that change");
    const plain = messages.filter(({ topic }) => topic.endsWith("/beat")).map(({ payload }) => Number(payload));
    expect(plain.every((beat) => beat >= 0 && beat <= 16)).toBe(true);
    await bridge.stop();
    const last = await eventually(
      () =>
        messages
          .filter(({ topic }) => topic.endsWith("/state"))
          .at(-1)
          ?.payload.includes('"stopped"'),
      "the last word",
    );
    expect(last).toBe(true);
  });

  it("passes on what a button of a plain topic asks for", async () => {
    const states = await inbox("override/state");
    const bridge = await startBridge({ plain: { type: "mqtt" } });
    const online = await inbox("output/plain/online");
    await eventually(() => online.some(({ payload }) => payload === "true"), "the output is there");

    await client.publishAsync("tactus/v1/club/booth/output/plain/override", "blackout");
    await eventually(() => states.some(({ payload }) => payload.includes('"mode":"blackout"')), "the device obeys");
    await client.publishAsync("tactus/v1/club/booth/output/plain/override", "lights");

    await eventually(() => states.at(-1)?.payload.includes('"mode":"automatic"'), "the device goes on");
    await bridge.stop();
  });
});

describe("tactus bridge", () => {
  it("says what a bridge without a login does not see, and what a wrong password is", async () => {
    const warnings: string[] = [];
    const log = { info: () => {}, warn: (text: string) => void warnings.push(text) };
    const bridge = await startBridge({ now: { type: "memory" } }, {}, log);
    const wrong = await startBridge({ now: { type: "memory" } }, { username: "bridge", password: "guess" }, log);

    await eventually(() => warnings.length >= 2, "both warnings");
    await eventually(() => memory(bridge, "now").cues.length > 0, "beats all the same");
    await Promise.all([bridge.stop(), wrong.stop()]);

    expect(warnings.join("\n")).toMatch(/override\/state.* refused: .*blackout: set mqtt\.username and mqtt\.password/);
    expect(warnings.join("\n")).toMatch(/Bad username or password: check the username and password/);
  });

  it("refuses a state folder that cannot be made, by its name", async () => {
    const config = BridgeConfig.parse({ mqtt: { url: device.url }, stateDir: "/dev/null" });
    const bridge = new Bridge({ config, folder: device.folder, log: silent });

    await expect(bridge.start()).rejects.toThrow("stateDir /dev/null cannot be made (EEXIST): name a folder");
    await bridge.stop();
  });

  it("runs from a file until it is told to stop, and goes on when one output cannot start", async () => {
    const file = join(device.folder, "bridge.yaml");
    const outputs = {
      good: { type: "memory" },
      bad: { type: "artnet", interface: "10.255.255.1", hosts: ["127.0.0.1"] },
    };
    const mqtt = { url: device.url, ...device.login };
    await writeFile(file, stringify({ mqtt, outputs, stateDir: join(device.folder, "state-b") }));
    const states = await inbox("output/+/state");
    const child = spawn(process.execPath, [BIN, "bridge", "--config", file]);
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        said += chunk;
      });

    const state = (name: string) =>
      states
        .map(({ payload }) => OutputState.parse(JSON.parse(payload)))
        .filter((one) => one.name === name)
        .at(-1);
    await eventually(() => (state("good")?.cues.fired ?? 0) > 2, "cues of the good one");
    const bad = state("bad");
    child.kill("SIGTERM");
    const [code] = await once(child, "exit");

    expect(said).toContain("Outputs: good (memory), bad (artnet)");
    expect(bad).toMatchObject({ state: "starting", receiving: "not-receiving" });
    expect(bad?.lastError).toContain("10.255.255.1");
    expect(code).toBe(0);
  });

  it("beats a metronome through one output", async () => {
    const file = join(device.folder, "metronome.yaml");
    await writeFile(
      file,
      stringify({ outputs: { lamp: { type: "memory" } }, stateDir: join(device.folder, "state-m") }),
    );
    const args = ["bridge", "test", "lamp", "--config", file, "--bpm", "240", "--seconds", "2"];
    const child = spawn(process.execPath, [BIN, ...args]);
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
    });

    const [code] = await once(child, "exit");

    expect(code).toBe(0);
    expect(said).toMatch(/● 1\n· 2\n· 3\n· 4\n● 1/);
    expect(Number(/(\d+) beats, \d+ messages sent to memory/.exec(said)?.[1])).toBeGreaterThan(3);
  });

  it.each([
    [["test", "nothing", "--config", "/dev/null"], 2, /^tactus: No output "nothing" in \/dev\/null: there are none\n$/],
    [["scan", "--interface", "eth99"], 1, /^tactus: No interface eth99 with an IPv4 address; use one of: lo .*\n$/],
  ] as const)("says what is wrong with %s in one line", async (args, status, words) => {
    const child = spawn(process.execPath, [BIN, "bridge", ...args]);
    let said = "";
    child.stderr.on("data", (chunk) => {
      said += chunk;
    });

    const [code] = await once(child, "exit");

    expect(code).toBe(status);
    expect(said).toMatch(words);
  });
});
