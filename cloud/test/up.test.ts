import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { DeviceAnswer } from "@tactus/cloud";
import { connectAsync } from "mqtt";
import { describe, expect, it } from "vitest";
import { eventually, newDataDir } from "./cloud-under-test.js";
import { LiveClient } from "./live-client.js";

const BIN = fileURLToPath(new URL("../../bin/tactus.mjs", import.meta.url));
const MODEL = fileURLToPath(new URL("../../models/artifacts/beat/manifest.json", import.meta.url));

describe.skipIf(!existsSync(MODEL))("tactus up", () => {
  it("brings up a cloud, a device that announces beats of the recording and a bridge that lights a rig, and stops all on SIGINT", async () => {
    const stateDir = await newDataDir();
    const child = spawn(process.execPath, [BIN, "up", "--port", "0", "--state-dir", stateDir]);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        output += chunk;
      });
    const exited = once(child, "exit");
    const said = (pattern: RegExp) =>
      eventually(() => {
        if (child.exitCode !== null) throw new Error(`It ended: ${output}`);
        return pattern.exec(output)?.[1];
      }, `it says ${pattern}`);

    const page = await said(/Page\s+(http\S+)/);
    const localPort = await said(/mosquitto_sub -h 127\.0\.0\.1 -p (\d+)/);
    const api = page.replace("/devices/", "/api/v1/devices/");
    const stored = async () => {
      const { history } = (await (await fetch(api)).json()) as DeviceAnswer;
      return history.beats > 8 && history;
    };
    await eventually(stored, "beats are stored");
    const live = await new LiveClient(new URL(page).origin).open();
    live.say({ type: "watch", devices: ["local.demo"] });
    await live.first("output", ({ data }) => data.state === "running" && data.cues.fired > 0);
    live.say({ type: "watch-output", device: "local.demo", name: "virtual-rig", forS: 20 });
    const bytes = () => live.all("output/dmx").map(({ data }) => data.universes[0]?.channels);
    await eventually(() => new Set(bytes()).size > 3, "the rig's bytes reach the page");
    live.close();
    child.kill("SIGINT");
    const [code] = await exited;

    expect(code).toBe(0);
    await expect(connectAsync(`mqtt://127.0.0.1:${localPort}`, { reconnectPeriod: 0 }, false)).rejects.toThrow();
    await rm(stateDir, { recursive: true });
  });
});
