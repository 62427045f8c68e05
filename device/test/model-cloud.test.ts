/** The whole way: signed by the signer, published in a real cloud, wanted by an operator, run by a real box. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ReportedModels } from "@tactus/shared";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CloudProcess } from "./cloud-process.js";
import { DeviceUnderTest, eventually, Inbox } from "./device-under-test.js";
import { modelFolder } from "./kill-matrix.mjs";
import { tactusModels } from "./signed-repository.js";

const LONG_MS = 400_000;
let dir: string;
let cloud: CloudProcess;
let device: DeviceUnderTest;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "tactus-model-cloud-"));
  cloud = new CloudProcess(join(dir, "cloud"), { rollouts: { tickS: 0.5 } });
  await cloud.start();
  const place = ["--keys", join(dir, "keys"), "--repo", join(dir, "repo")];
  await modelFolder(join(dir, "models"), ["1.0.0", "1.1.0"]);
  await tactusModels("init", ...place, "--root-keys", "1", "--root-threshold", "1");
  for (const version of ["1.0.0", "1.1.0"])
    await tactusModels("sign", join(dir, "models/tactus-beat", version), ...place);
  await publish();
  device = await DeviceUnderTest.start({
    cloud: {
      url: `mqtt://127.0.0.1:${cloud.port}`,
      httpUrl: cloud.url,
      username: "club.booth",
      password: await cloud.passwordOf("club.booth"),
    },
    updates: { rootFile: join(dir, "repo/metadata/1.root.json") },
  });
}, LONG_MS);

function publish() {
  const token = ["--token-file", join(dir, "cloud/admin-token")];
  return tactusModels("publish", "--repo", join(dir, "repo"), "--cloud", cloud.url, ...token);
}

afterAll(async () => {
  await device.stop();
  await cloud.stop();
  await rm(dir, { recursive: true, force: true });
});

/** Until the box reports that this update has come to its end. */
async function committed(version: string): Promise<ReportedModels> {
  let last = "";
  const look = async () => {
    last = await (await cloud.ask("GET", "/api/v1/devices/club.booth/twin")).text();
    const { reported } = JSON.parse(last) as { reported?: { models?: ReportedModels } };
    const models = reported?.models;
    return models?.update?.version === version && models.update.state === "committed" && models;
  };
  return await eventually(look, `${version} committed`, 120_000).catch((error: Error) => {
    throw new Error(`${error.message}; the cloud knows ${last}`);
  });
}

test(
  "an operator's pin brings a signed model onto a box, and another one takes it back, while beats go on",
  async () => {
    const inbox = await Inbox.of(await device.client(), "beat");
    await inbox.atLeast(4, "beat");
    const pin = (version: string) =>
      cloud.ask("PUT", "/api/v1/devices/club.booth/model", {
        name: "tactus-beat",
        version,
        when: "now",
        shadowS: 0,
        probationS: 3,
      });

    for (const version of ["1.0.0", "1.1.0", "1.0.0"]) {
      const answer = await pin(version);
      expect([answer.status, answer.ok ? "" : await answer.text()]).toEqual([200, ""]);
      expect((await committed(version)).active.version).toBe(version);
    }

    const heard = inbox.of("beat").length;
    await inbox.atLeast(heard + 4, "beat");
    expect(device.pids("hearing")).toHaveLength(1);
  },
  LONG_MS,
);

test(
  "a rollout brings it onto the box, and its revocation takes it off again",
  async () => {
    await cloud.ask("DELETE", "/api/v1/devices/club.booth/model");
    const answer = await cloud.ask("POST", "/api/v1/rollouts", {
      model: "tactus-beat",
      version: "1.1.0",
      phases: [{ percent: 100, soakS: 0, gate: { musicHours: 0 } }],
      switch: { when: "any", lock: false, shadowS: 0, probationS: 3 },
      abort: { lockExpiresS: 1 },
    });
    const rollout = (await answer.json()) as { id: string };
    const state = async (): Promise<string> => {
      const told = await cloud.ask("GET", `/api/v1/rollouts/${rollout.id}`);
      return ((await told.json()) as { state: string }).state;
    };

    expect((await committed("1.1.0")).active.version).toBe("1.1.0");
    await eventually(async () => (await state()) === "completed", "the rollout is complete", 60_000);

    await tactusModels(
      "revoke",
      "tactus-beat",
      "1.1.0",
      "--reason",
      "heard worse",
      "--keys",
      join(dir, "keys"),
      "--repo",
      join(dir, "repo"),
    );
    await publish();
    expect((await committed("1.0.0")).active.version).toBe("1.0.0");
    expect(await state()).toBe("aborted");
  },
  LONG_MS,
);
