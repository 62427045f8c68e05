/** Power goes while a real device is updated: at every switch-on it announces beats, and in the end the update is through. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ReportedModels, TwinReported } from "@tactus/shared";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DeviceUnderTest, eventually, Inbox } from "./device-under-test.js";
import { FakeCloud } from "./fake-cloud.js";
import { modelFolder } from "./kill-matrix.mjs";

const cloud = new FakeCloud();
let folder: string;
let device: DeviceUnderTest | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactus-power-"));
  await modelFolder(join(folder, "models"), ["1.0.0"]);
  await cloud.start();
});
afterAll(async () => {
  await device?.stop();
  await cloud.stop();
  await rm(folder, { recursive: true });
});

async function switchOn(): Promise<DeviceUnderTest> {
  cloud.received.length = 0;
  return await DeviceUnderTest.start({
    stateDir: join(folder, "state"),
    cloud: { url: `mqtt://127.0.0.1:${cloud.port}`, username: "club.booth", password: "token" },
    updates: { folder: join(folder, "models") },
  });
}

/** Supervisor and both processes at once. */
function powerGoes(box: DeviceUnderTest): void {
  const pids = [box.child.pid, box.pids("hearing").at(-1), box.pids("agent").at(-1)];
  for (const pid of pids) if (pid !== undefined) process.kill(pid, "SIGKILL");
}

const told = (): ReportedModels | undefined =>
  cloud.of("twin/reported").length > 0 ? TwinReported.parse(cloud.of("twin/reported").at(-1)).models : undefined;

test("power that goes at the golden clip, in the shadow and in probation leaves a box that announces beats and ends the update", async () => {
  const wish = {
    name: "tactus-beat",
    version: "1.0.0",
    rollout: "",
    switch: { when: "now", windows: [], lockExpiresS: 0 },
    shadowS: 5,
    probationS: 5,
  };
  const came: string[] = [];
  for (const state of ["golden", "shadow", "probation", "committed"] as const) {
    device = await switchOn();
    const inbox = await Inbox.of(await device.client(), "beat");
    await inbox.atLeast(4, "beat", 60_000);
    if (state === "golden") cloud.say("twin/desired", { v: 1, version: 1, config: {}, model: wish });

    const order = ["golden", "shadow", "waiting", "probation", "committed"];
    const reached = await eventually(
      () => {
        const now = told()?.update?.state;
        return now !== undefined && order.indexOf(now) >= order.indexOf(state) && now;
      },
      `the state ${state}`,
      100_000,
    );
    came.push(reached);
    if (reached === "committed") break;
    powerGoes(device);
    await device.stop();
  }

  expect(came.at(-1)).toBe("committed");
  expect(told()?.active.version).toBe("1.0.0");
}, 300_000);
