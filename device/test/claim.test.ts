import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CloudProcess } from "./cloud-process.js";
import { DeviceUnderTest, eventually } from "./device-under-test.js";

let folder: string;
let cloud: CloudProcess;
const devices: DeviceUnderTest[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactus-claim-"));
  cloud = new CloudProcess(join(folder, "cloud"));
  await cloud.start();
});
afterAll(async () => {
  await Promise.all(devices.map((device) => device.stop()));
  await cloud.stop();
  await rm(folder, { recursive: true, force: true });
});

const launch = async (settings: object = {}) => {
  const device = await DeviceUnderTest.start({ cloud: { url: cloud.url, checkLoginS: 1 }, ...settings });
  devices.push(device);
  return device;
};
const stop = async (device: DeviceUnderTest) => {
  devices.splice(devices.indexOf(device), 1);
  await device.stop();
};
const codeOn = (device: DeviceUnderTest, not = "") =>
  eventually(() => {
    const code = [...device.stdout.matchAll(/Claim code ([A-Z2-9]{4}-[A-Z2-9]{4})/g)].at(-1)?.[1];
    return code !== not && code;
  }, "a claim code on the console");
const seen = async (id: string) =>
  (await cloud.ask("GET", `/api/v1/devices/${id}`)).json() as Promise<{ state: string }>;
const online = (id: string) => eventually(async () => (await seen(id)).state === "online", `${id} is online`, 60_000);
const stateFile = (device: DeviceUnderTest, name: string) => join(device.folder, "state", name);

test("a fresh box shows a code, is claimed by it, and reports under its new address, while its beats went on", async () => {
  const device = await launch({ page: { port: 0 } });
  const code = await codeOn(device);
  const client = await device.client();
  let before = 0;
  client.on("message", () => before++);
  await client.subscribeAsync("tactus/v1/club/booth/beat");
  await eventually(() => before > 2, "beats under the address of its own file");

  const wrong = await cloud.post("/api/v1/devices/claim", { code: "ABCD-EFGH", venue: "hall", device: "main" });
  const claimed = await cloud.post("/api/v1/devices/claim", {
    code: code.toLowerCase().replace("-", " "),
    venue: "hall",
    device: "main",
    name: "Main floor",
    tags: ["canary"],
  });
  const again = await cloud.post("/api/v1/devices/claim", { code, venue: "hall", device: "other" });

  expect([wrong.status, claimed.status, again.status]).toEqual([404, 201, 404]);
  await online("hall.main");
  expect(await seen("hall.main")).toMatchObject({ name: "Main floor", tags: ["canary"] });
  const beats: string[] = [];
  const after = await device.client();
  after.on("message", (topic) => beats.push(topic));
  await after.subscribeAsync("tactus/v1/hall/main/beat");
  await eventually(() => beats.length > 2, "beats under the new address", 60_000);
  for (const name of ["device-key.pem", "credentials.json"]) {
    expect((await stat(stateFile(device, name))).mode & 0o777, name).toBe(0o600);
  }
  const kept = JSON.parse(await readFile(stateFile(device, "credentials.json"), "utf8")) as { password: string };
  expect(device.stderr + device.stdout).not.toContain(kept.password);
  expect(device.pids("hearing")).toHaveLength(2);

  // Revoked: cut at once, and it asks to be claimed anew; nobody gets in with the old login.
  const revoked = await cloud.ask("DELETE", "/api/v1/devices/hall.main/credentials");
  expect(revoked.status).toBe(204);
  await eventually(async () => (await seen("hall.main")).state === "offline", "offline");
  const next = await codeOn(device, code);
  await cloud.post("/api/v1/devices/claim", { code: next, venue: "hall", device: "main" });
  await online("hall.main");
  await stop(device);
});

test("a box whose serial was let in beforehand needs no code, and the serial works once", async () => {
  const first = await launch();
  await codeOn(first);
  const serial = (await readFile(stateFile(first, "serial"), "utf8")).trim();
  await stop(first);
  await cloud.post("/api/v1/preauthorizations", { serial, venue: "hall", device: "side" });

  const device = await launch();
  await online("hall.side");

  const left = (await (await cloud.ask("GET", "/api/v1/preauthorizations")).json()) as { preauthorizations: unknown[] };
  expect(left.preauthorizations).toEqual([]);
  const other = await launch(); // the same machine, so the same serial, and another key
  await codeOn(other);
  await stop(other);
  await stop(device);
});

test("a login that has come of age is renewed by itself, without the link going down", async () => {
  const quick = new CloudProcess(join(folder, "quick"), { identity: { rotateAfterDays: 1e-5 } });
  await quick.start();
  const device = await launch({ cloud: { url: quick.url, checkLoginS: 1 } });
  await quick.post("/api/v1/devices/claim", { code: await codeOn(device), venue: "hall", device: "main" });
  const password = async () =>
    (JSON.parse(await readFile(stateFile(device, "credentials.json"), "utf8")) as { password: string }).password;
  const first = await eventually(() => password().catch(() => undefined), "claimed");

  await eventually(async () => (await password()) !== first, "another login", 60_000);

  const { state, status } = (await (await quick.ask("GET", "/api/v1/devices/hall.main")).json()) as {
    state: string;
    status: { session: string };
  };
  expect(state).toBe("online");
  await eventually(async () => device.stderr.split("Login renewed").length > 3, "renewed again", 60_000);
  const later = (await (await quick.ask("GET", "/api/v1/devices/hall.main")).json()) as typeof status & {
    status: object;
  };
  expect(later.status).toMatchObject({ session: status.session });
  await stop(device);
  await quick.stop();
});
