/** A real `tactus device` that is given other models, while a client of the venue counts beats. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AlertMessage, BeatPrediction, type ReportedModels, TwinReported } from "@tactus/shared";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DeviceUnderTest, eventually, Inbox } from "./device-under-test.js";
import { FakeCloud } from "./fake-cloud.js";
import { modelFolder } from "./kill-matrix.mjs";

const cloud = new FakeCloud();
let folder: string;
let device: DeviceUnderTest;
let version = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactus-models-"));
  await modelFolder(folder, ["1.0.0", "1.1.0", "2.0.0"]);
  const broken = join(folder, "tactus-beat", "2.0.0", "manifest.json");
  const manifest = JSON.parse(await readFile(broken, "utf8"));
  for (const beat of manifest.golden.beats) beat.time += 0.1;
  await writeFile(broken, JSON.stringify(manifest));
  await cloud.start();
  device = await DeviceUnderTest.start({
    cloud: { url: `mqtt://127.0.0.1:${cloud.port}`, username: "club.booth", password: "token" },
    updates: { folder, quietS: 1 },
  });
});
afterAll(async () => {
  await device.stop();
  await cloud.stop();
  await rm(folder, { recursive: true, force: true });
});

function want(model: { version: string; shadowS?: number; probationS?: number; when?: "now" | "quiet" } | undefined) {
  const { when = "now", shadowS = 0, probationS = 3 } = model ?? {};
  const wish = model && {
    name: "tactus-beat",
    version: model.version,
    rollout: `r${version}`,
    switch: { when, windows: [], lockExpiresS: 0 },
    shadowS,
    probationS,
  };
  cloud.say("twin/desired", { v: 1, version: ++version, config: {}, ...(wish ? { model: wish } : {}) });
}

const models = (): ReportedModels | undefined => TwinReported.parse(cloud.of("twin/reported").at(-1)).models;

const until = (what: string, look: (models: ReportedModels) => unknown, withinMs = 90_000): Promise<ReportedModels> =>
  eventually(
    () => {
      const told = cloud.of("twin/reported").length > 0 ? models() : undefined;
      return told && look(told) ? told : undefined;
    },
    what,
    withinMs,
  ).catch((error: Error) => {
    throw new Error(`${error.message}; the box says ${JSON.stringify(models())}`);
  });

test("an update goes through golden clip, shadow and probation, and hearing does not stop for the switch", async () => {
  const inbox = await Inbox.of(await device.client(), "beat");
  await inbox.atLeast(10, "beat");
  const hearing = device.pids("hearing").at(-1);

  want({ version: "1.0.0", shadowS: 10 });
  const told = await until("committed", ({ update }) => update?.state === "committed", 110_000);
  const heard = inbox.of("beat").length;
  await inbox.atLeast(heard + 4, "beat");

  expect(told).toMatchObject({
    active: { name: "tactus-beat", version: "1.0.0" },
    standby: { name: "tactus-beat" },
    update: { golden: { agreement: 1 }, shadow: { model: "tactus-beat 1.0.0", octaveFlips: 0 } },
  });
  expect(told.update?.shadow?.musicS).toBeGreaterThanOrEqual(10);
  expect(told.update?.shadow?.disagreement).toBeLessThan(0.2);
  expect(device.pids("hearing").at(-1)).toBe(hearing);
  const beats = inbox.of("beat").map((one) => BeatPrediction.parse(one));
  expect(beats.length).toBeGreaterThan(30);
  expect(new Set(beats.map(({ beatId }) => beatId.split("-")[0])).size).toBe(1);
});

test("while music plays the switch waits, visibly, and is called off without a trace", async () => {
  want({ version: "1.1.0", when: "quiet" });

  const { update } = await until("the lock", (told) => told.update?.lock);
  expect(update).toMatchObject({ state: "waiting", lock: { reason: "Music is playing", expiresAtUs: 0 } });
  want(undefined);
  const told = await until("called off", (now) => now.update === null);
  expect(told.active.version).toBe("1.0.0");
});

test("hearing that dies on the new model again and again is given the model before, and that is an alert", async () => {
  const inbox = await Inbox.of(await device.client("pairing"), "beat", "alert/update-failed");
  want({ version: "1.1.0", probationS: 3600 });
  await until("probation", ({ update }) => update?.state === "probation");

  for (let k = 0; k < 3; k++) {
    const count = device.pids("hearing").length;
    process.kill(device.pids("hearing").at(-1) as number, "SIGKILL");
    await eventually(() => device.pids("hearing").length > count, "hearing started again", 60_000);
  }

  const told = await until("rolled back", ({ update }) => update?.state === "rolled-back");
  expect(told).toMatchObject({ active: { version: "1.0.0" }, standby: null });
  expect(told.update?.reason).toContain("3 crashes");
  const [alert] = await inbox.atLeast(1, "alert/update-failed", 60_000);
  expect(AlertMessage.parse(alert).message).toContain("1.1.0 was rolled-back");
  await inbox.atLeast(inbox.of("beat").length + 4, "beat", 60_000);
});

test("a candidate that does not beat its golden clip is refused", async () => {
  want({ version: "2.0.0" });

  const { update, active } = await until("refused", (told) => told.update?.state === "refused");

  expect(update?.reason).toMatch(/golden clip is not reproduced here: 0 %/);
  expect(active.version).toBe("1.0.0");
});

test("a downgrade to the model that came with the box needs no download", async () => {
  await rm(folder, { recursive: true });

  want({ version: "0.2.0" });
  const told = await until("committed", ({ update }) => update?.state === "committed" && update.version === "0.2.0");

  expect(told).toMatchObject({ active: { version: "0.2.0" }, standby: { version: "1.0.0" } });
});
