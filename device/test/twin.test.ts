import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { BeatPrediction, StatusMessage } from "@tactus/shared";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CloudProcess } from "./cloud-process.js";
import { DeviceUnderTest, eventually, Inbox } from "./device-under-test.js";

interface Twin {
  version: number;
  state: string;
  desired: { config: object };
  reported: { session: string; desiredVersion: number; config: Record<string, unknown> } | null;
  settings: Record<string, { value: unknown; from: string; reported: unknown; refused?: string }>;
}
interface Command {
  requestId: string;
  state: string;
  message: string;
}

const PATH = "/api/v1/devices/club.booth";
const SECRET = "a-venue-password-that-nobody-may-see";
const PAIRING = "PAIR-CODE-7788";
const LOGIN = { username: "pairing", password: PAIRING };
let folder = "";
let cloud: CloudProcess;
let device: DeviceUnderTest;
let password = "";
let settings: object;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactus-twin-"));
  cloud = new CloudProcess(join(folder, "cloud"));
  await cloud.start();
  password = await cloud.passwordOf("club.booth");
  settings = {
    freezeMs: 150,
    telemetryS: 2,
    stateDir: join(folder, "state"),
    mqtt: { pairingCode: PAIRING, credentials: [{ username: "desk", password: SECRET }] },
    cloud: { url: `mqtt://127.0.0.1:${cloud.port}`, username: "club.booth", password, httpUrl: cloud.url },
  };
  device = await DeviceUnderTest.start(settings);
  await eventually(async () => (await twin())?.reported, "the first report", 60_000);
}, 120_000);
afterAll(async () => {
  await device.stop();
  await cloud.stop();
  await rm(folder, { recursive: true });
});

async function twin(): Promise<Twin | undefined> {
  const response = await cloud.ask("GET", `${PATH}/twin`);
  return response.ok ? ((await response.json()) as Twin) : undefined;
}
async function change(path: string, patch: object): Promise<Response> {
  return cloud.ask("PATCH", path, patch);
}
const settled = (what: string, look: (twin: Twin) => unknown) =>
  eventually(async () => {
    const now = await twin();
    return now && look(now) ? now : undefined;
  }, what);
/** Milliseconds from the announcement of the newest beats to when they fall. */
async function leads(inbox: Inbox, count: number): Promise<number[]> {
  const from = inbox.of("beat").length;
  const news = () =>
    inbox
      .of("beat")
      .slice(from)
      .map((one) => BeatPrediction.parse(one))
      .filter(({ rev, state }) => rev === 0 && state === "announced")
      .map(({ dueInMs }) => dueInMs);
  return eventually(() => (news().length >= count ? news() : undefined), `${count} announcements`);
}
const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

test("leadMs from the cloud makes announcements earlier, in the process that runs", async () => {
  const inbox = await Inbox.of(await device.client(undefined, LOGIN), "beat");
  const [hearing, before] = [device.pids("hearing").length, median(await leads(inbox, 6))];

  expect((await change("/api/v1/fleet/config", { leadMs: 600 })).status).toBe(200);
  await settled("600 ms are reported", ({ reported }) => reported?.config.leadMs === 600);
  await sleep(1000);

  const after = median(await leads(inbox, 6));
  console.log(`announced ${before.toFixed(0)} ms before, then ${after.toFixed(0)} ms`);
  expect(before).toBeLessThan(210);
  expect(after).toBeGreaterThan(400);
  expect(device.pids("hearing")).toHaveLength(hearing);
  const { settings: known, state } = (await twin()) as Twin;
  expect(state).toBe("in-step");
  expect(known.leadMs).toMatchObject({ value: 600, from: "fleet", reported: 600 });
  expect(known.freezeMs).toMatchObject({ value: 150, from: "box" });
  expect(known.outboxMb).toMatchObject({ value: 64, from: "default" });
});

test("lead and freeze that contradict one another are refused, by the cloud or by the box, and said", async () => {
  const impossible = await change(`${PATH}/config`, { leadMs: 100, freezeMs: 120 });
  expect(impossible.status).toBe(400);
  expect(await impossible.json()).toMatchObject({ field: "freezeMs" });

  await change(`${PATH}/config`, { leadMs: 120, name: "Main room" }); // the cloud cannot know the box's own freezeMs
  const known = await settled("the refusal", (one) => one.settings.leadMs?.refused);

  expect(known.state).toBe("refused");
  expect(known.settings.leadMs).toMatchObject({ value: 120, from: "device", reported: 200 });
  expect(known.settings.leadMs?.refused).toContain("freezeMs 150 is more than leadMs 120");
  expect(known.settings.name?.reported).toBe("Main room");
  const undone = await cloud.post(`${PATH}/config/undo`, {});
  expect(await undone.json()).toMatchObject({ version: 2, config: {} });
  await settled("600 ms again", ({ reported }) => reported?.config.leadMs === 600);
});

test("a capture offset moves the beats without a jump", async () => {
  const inbox = await Inbox.of(await device.client(undefined, LOGIN), "beat");
  await inbox.atLeast(4, "beat");
  await eventually(() => inbox.of("beat").length > 12, "music that has settled");

  await change(`${PATH}/config`, { captureOffsetMs: 80 });
  await settled("80 ms are reported", ({ reported }) => reported?.config.captureOffsetMs === 80);
  await sleep(10_000);

  const beats = [
    ...new Map(
      inbox
        .of("beat")
        .map((one) => BeatPrediction.parse(one))
        .filter(({ state }) => state !== "withdrawn")
        .map((beat) => [beat.beatId, beat]),
    ).values(),
  ];
  const steps = beats.slice(1).map((beat, k) => ({
    ms: (beat.dueAtUs - (beats[k] as BeatPrediction).dueAtUs) / 1000,
    period: 60_000 / beat.bpm,
  }));
  const even = steps.filter(({ ms, period }) => Math.abs(ms - period) < 25).length;
  console.log(`${even} of ${steps.length} beats within 25 ms of their tempo while the offset moved`);
  expect(even).toBeGreaterThan(steps.length * 0.8);
  await change(`${PATH}/config`, { captureOffsetMs: null });
});

test("publicRead from the cloud shuts the room's broker, and opens it again", async () => {
  const guest = await device.client(undefined, { reconnectPeriod: 0 });
  const gone = new Promise<void>((resolve) => guest.once("close", () => resolve()));

  await change("/api/v1/venues/club/config", { publicRead: false });

  await gone;
  await expect(device.client(undefined, { reconnectPeriod: 0 })).rejects.toThrow();
  await change("/api/v1/venues/club/config", { publicRead: null });
  await settled("open again", ({ reported }) => reported?.config.publicRead === true);
  await device.client();
});

test("the log is streamed while somebody reads, at the level that is asked for", async () => {
  const stop = new AbortController();
  const response = await fetch(`${cloud.url}${PATH}/log?lines=200&level=info`, {
    headers: { authorization: `Bearer ${cloud.adminToken}` },
    signal: stop.signal,
  });
  expect(response.status).toBe(200);
  let text = "";
  const reading = (async () => {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) text += Buffer.from(chunk);
  })().catch(() => {});

  await eventually(() => /"process":"hearing"/.test(text) && /"process":"agent"/.test(text), "lines of both processes");
  await change(`${PATH}/config`, { logLevel: "debug" });
  await eventually(() => text.includes("The cloud wants other settings"), "a line that was written just now");

  stop.abort();
  await reading;
  await change(`${PATH}/config`, { logLevel: null });
  await expect(cloud.ask("GET", `${PATH}/log?level=loud`).then(({ status }) => status)).resolves.toBe(400);
});

test("restart of hearing is done once however often it is asked, and is no crash", async () => {
  const before = device.pids("hearing").length;
  const order = { requestId: "restart-1", command: { action: "restart", part: "hearing" }, waitS: 30 };

  const done = (await (await cloud.post(`${PATH}/commands`, order)).json()) as Command;
  const again = (await (await cloud.post(`${PATH}/commands`, order)).json()) as Command;

  expect(done).toMatchObject({ state: "done", message: "The process hearing was started anew" });
  expect(again.state).toBe("done");
  expect(device.pids("hearing")).toHaveLength(before + 1);
  const other = await cloud.post(`${PATH}/commands`, { ...order, command: { action: "rotate-credentials" } });
  expect(other.status).toBe(409);
  const inbox = await Inbox.of(await device.client(undefined, LOGIN), "beat");
  await inbox.atLeast(3, "beat", 60_000);
});

test("restart of the agent is told by the next agent", async () => {
  const agents = device.pids("agent").length;

  const order = { command: { action: "restart", part: "agent" }, waitS: 40 };
  const done = (await (await cloud.post(`${PATH}/commands`, order)).json()) as Command;

  expect(done).toMatchObject({ state: "done", message: "The agent was started anew" });
  expect(device.pids("agent")).toHaveLength(agents + 1);
  const { summaries } = (await (await cloud.ask("GET", `${PATH}/telemetry`)).json()) as {
    summaries: { message: { crashes: number } }[];
  };
  expect(summaries.at(-1)?.message.crashes).toBe(0);
});

test("a support bundle holds what helps and no secret", async () => {
  const order = { requestId: "bundle-1", command: { action: "support-bundle" }, waitS: 60 };
  const done = (await (await cloud.post(`${PATH}/commands`, order)).json()) as Command;
  expect(done.message).toMatch(/Support bundle of \d+ bytes/);
  expect(done.state).toBe("done");

  const response = await cloud.ask("GET", `${PATH}/support-bundles/bundle-1`);
  const text = gunzipSync(Buffer.from(await response.arrayBuffer())).toString("latin1");

  for (const part of ["config.json", "doctor.json", "twin.json", "telemetry.json", "log.ndjson", "outbox.json"])
    expect(text).toContain(`support/${part}`);
  expect(text).toContain("leadMs");
  for (const secret of [SECRET, PAIRING, password, Buffer.from(`club.booth:${password}`).toString("base64")])
    expect(text).not.toContain(secret);
  const stranger = await fetch(`${cloud.url}${PATH}/support-bundles/bundle-2`, { method: "PUT", body: "x" });
  expect(stranger.status).toBe(401);
  expect((await fetch(`${cloud.url}${PATH}/support-bundles`)).status).toBe(401);
});

test("what the cloud wants holds after kill -9 of the agent and of the cloud", async () => {
  const before = (await twin()) as Twin;

  process.kill(device.pids("agent").at(-1) as number, "SIGKILL");
  await cloud.end("SIGKILL");
  await cloud.start();

  const online = await eventually(async () => {
    const { status } = (await (await cloud.ask("GET", PATH)).json()) as { status: unknown };
    return status ? StatusMessage.parse(status) : undefined;
  }, "a status");
  const after = await settled("a report of the next agent", ({ reported }) => reported?.session === online.session);
  expect(online.state).toBe("online");
  expect(online.session).not.toBe(before.reported?.session);
  expect(after.version).toBe(before.version);
  expect(after.reported?.config).toEqual(before.reported?.config);
  expect(after.reported?.config.leadMs).toBe(600);
});

test("telemetry of an outage comes afterwards with its own times, each summary once", async () => {
  interface Answer {
    summaries: {
      atUs: number;
      receivedAtUs: number;
      message: { session: string; sequence: number; health?: object };
    }[];
    counts: { made: number; received: number; missing: number };
  }
  const telemetry = async () => (await (await cloud.ask("GET", `${PATH}/telemetry?limit=1500`)).json()) as Answer;
  await cloud.end("SIGKILL");
  const fromUs = Date.now() * 1000;
  await sleep(9000);
  const toUs = Date.now() * 1000;
  await cloud.start();

  const { summaries } = await eventually(
    async () => {
      const now = await telemetry();
      const late = now.summaries.filter(({ atUs }) => atUs >= fromUs && atUs < toUs);
      return late.length >= 4 && now.counts.missing === 0 ? now : undefined;
    },
    "the summaries of the outage, and none missing",
    60_000,
  );

  const late = summaries.filter(({ atUs }) => atUs >= fromUs && atUs < toUs);
  expect(late.every(({ receivedAtUs }) => receivedAtUs > toUs)).toBe(true);
  const names = summaries.map(({ message }) => `${message.session} ${message.sequence}`);
  expect(new Set(names).size).toBe(names.length);
  expect(late[0]?.message.health).toMatchObject({ musicS: expect.any(Number), beats: expect.any(Number) });
}, 120_000);

test("without the cloud the box starts with what was wanted last", async () => {
  await cloud.end("SIGKILL");
  device.child.kill("SIGTERM");
  await once(device.child, "exit");
  const kept = JSON.parse(await readFile(join(folder, "state", "twin-desired.json"), "utf8")) as { config: object };
  expect(kept.config).toMatchObject({ leadMs: 600 });
  await device.stop();

  device = await DeviceUnderTest.start(settings);
  const inbox = await Inbox.of(await device.client(), "beat");
  await inbox.atLeast(8, "beat", 60_000);

  expect(median(await leads(inbox, 6))).toBeGreaterThan(400);
}, 120_000);
