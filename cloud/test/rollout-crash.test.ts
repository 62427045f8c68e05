/** A cloud killed with SIGKILL while a rollout is under way, and started again over what it left on disk. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { eventually, newDataDir } from "./cloud-under-test.js";
import { healthy } from "./healthy-room.js";
import { SimulatedUpdater } from "./simulated-updater.mjs";

const QUICK = { soakS: 0.2, gate: { musicHours: 0 } };

interface RolloutAnswer {
  id: string;
  state: string;
  phase: number;
  devices: { deviceId: string }[];
  decisions: object[];
}

describe("a cloud that is killed in the middle of a rollout", () => {
  it("goes on where it was: the same devices, the same wishes, nothing half done", async () => {
    const crashDir = await newDataDir();
    const boxes: SimulatedUpdater[] = [];
    let process_ = await killable(crashDir, 0, 0);
    try {
      const placements = Array.from({ length: 12 }, (_, k) => `club.box-${k}`).map((device) => ({
        device,
        name: "",
        tags: [],
        by: "test",
      }));
      process_.child.send(placements);
      const [{ logins }] = (await once(process_.child, "message")) as [
        { logins: { username: string; password: string }[] },
      ];
      const ports = [process_.url, process_.mqttUrl].map((url) => Number(new URL(url).port));
      boxes.push(
        ...logins.map(
          ({ username: device, password }) =>
            new SimulatedUpdater({
              mqttUrl: process_.mqttUrl,
              deviceId: device,
              password,
              active: { name: "m", version: "1.0.0" },
              stepMs: 150,
              health: healthy,
            }),
        ),
      );
      for (const box of boxes) await box.connect();
      const call = async (method: string, path: string, body?: object) => {
        const headers = { authorization: `Bearer ${process_.adminToken}`, "content-type": "application/json" };
        const response = await fetch(`${process_.url}/api/v1${path}`, {
          method,
          headers,
          ...(body ? { body: JSON.stringify(body) } : {}),
        });
        return (await response.json()) as RolloutAnswer;
      };
      const { id } = await call("POST", "/rollouts", {
        model: "m",
        version: "2.0.0",
        phases: [
          { percent: 25, ...QUICK },
          { percent: 100, ...QUICK },
        ],
        switch: { when: "any", shadowS: 600 },
      });

      for (const pauseMs of [150, 400, 900]) {
        await sleep(pauseMs);
        const before = await call("GET", `/rollouts/${id}`);
        process_.child.kill("SIGKILL");
        await once(process_.child, "exit");
        process_ = await killable(crashDir, ports[0] ?? 0, ports[1] ?? 0);
        const after = await call("GET", `/rollouts/${id}`);
        const members = (answer: RolloutAnswer) => answer.devices.map(({ deviceId }) => deviceId);
        expect(members(after)).toEqual(expect.arrayContaining(members(before)));
        expect(after.phase).toBeGreaterThanOrEqual(before.phase);
        expect(after.decisions.slice(0, before.decisions.length)).toEqual(before.decisions);
      }
      await eventually(
        async () => (await call("GET", `/rollouts/${id}`)).state === "completed",
        "completed after three kills",
      );
      expect(boxes.map(({ active }) => active.version)).toEqual(new Array(12).fill("2.0.0"));
      const wished = boxes.map(
        (box) => new Set(box.wishes.filter(({ model }) => model).map(({ model }) => model.version)),
      );
      expect(wished.every((seen) => [...seen].join() === "2.0.0")).toBe(true);
    } finally {
      for (const box of boxes) await box.disconnect();
      process_.child.kill("SIGKILL");
      await rm(crashDir, { recursive: true, force: true });
    }
  });
});

async function killable(dir: string, http: number, mqtt: number) {
  const script = fileURLToPath(new URL("./rollout-cloud.mjs", import.meta.url));
  const child: ChildProcess = fork(script, [dir, String(http), String(mqtt), "2.0.0", "1.0.0"]);
  const [hello] = (await once(child, "message")) as [{ url: string; mqttUrl: string; adminToken: string }];
  return { child, ...hello };
}
