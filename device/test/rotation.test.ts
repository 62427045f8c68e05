import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectAsync } from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readCredentials, writeCredentials } from "../src/identity/credentials-file.js";
import { CloudProcess } from "./cloud-process.js";

const CHILD = fileURLToPath(new URL("./rotate-and-die.mjs", import.meta.url));
const STEPS = ["before", "asked", "answered", "half-written", "stored", "used"];

let folder: string;
let cloud: CloudProcess;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactus-rotation-"));
  cloud = new CloudProcess(join(folder, "cloud"));
  await cloud.start();
});
afterAll(async () => {
  await cloud.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The signal that killed it, or its exit code. */
async function rotate(stateDir: string, step: string): Promise<unknown> {
  const child = spawn(process.execPath, [CHILD, stateDir, step], { stdio: "inherit" });
  const [code, signal] = await once(child, "exit");
  return signal ?? code;
}

const statusOf = async (password: string): Promise<number> => {
  const authorization = `Basic ${Buffer.from(`hall.box:${password}`).toString("base64")}`;
  return (await fetch(`${cloud.url}/api/v1/identity`, { headers: { authorization } })).status;
};

async function newBox(): Promise<string> {
  const stateDir = await mkdtemp(join(folder, "box-"));
  const answer = await cloud.post("/api/v1/devices", { id: "hall.box", replace: true });
  const { password } = (await answer.json()) as { password: string };
  await keep(stateDir, password);
  return stateDir;
}

function keep(stateDir: string, password: string): Promise<void> {
  const place = { venue: "hall", device: "box", username: "hall.box" };
  const mqttUrl = `mqtt://127.0.0.1:${cloud.port}`;
  return writeCredentials(stateDir, { v: 1, ...place, password, mqttUrl, httpUrl: cloud.url });
}

const passwordIn = async (stateDir: string): Promise<string> => (await readCredentials(stateDir))?.password ?? "";

test("a box that is killed at any step of a renewal, many times, still comes in, and its next renewal works", async () => {
  for (const step of STEPS) {
    const stateDir = await newBox();
    const first = await passwordIn(stateDir);
    for (let round = 0; round < 3; round++) {
      expect(await rotate(stateDir, step), step).toBe("SIGKILL");
    }
    await cloud.end("SIGKILL"); // the cloud forgets nothing of it either
    await cloud.start();

    const kept = await passwordIn(stateDir);
    await keep(stateDir, kept); // the cloud has another port now
    const client = await connectAsync(`mqtt://127.0.0.1:${cloud.port}`, {
      ...{ username: "hall.box", password: kept, reconnectPeriod: 0, protocolVersion: 4 },
    });
    await client.endAsync(true);
    expect(await statusOf(kept), step).toBe(200);
    expect(await rotate(stateDir, "none"), step).toBe(0);
    const last = await passwordIn(stateDir);
    expect(await statusOf(last), step).toBe(200);
    expect([await statusOf(first), await statusOf(kept)], step).toEqual([401, 401]);
  }
});

test("the login before holds until the new one was used", async () => {
  const stateDir = await newBox();
  const first = await passwordIn(stateDir);
  expect(await statusOf(first)).toBe(200);

  expect(await rotate(stateDir, "stored")).toBe("SIGKILL");

  const second = await passwordIn(stateDir);
  expect(second).not.toBe(first);
  expect(await statusOf(first)).toBe(200);
  expect(await statusOf(second)).toBe(200);
  expect(await statusOf(first)).toBe(401);
});
