import { once } from "node:events";
import { readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BeatPrediction, decodeHistory, type HistoryBatch } from "@tactus/shared";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { CloudProcess } from "./cloud-process.js";
import { DeviceUnderTest, eventually, Inbox } from "./device-under-test.js";

interface Ledger {
  produced: number;
  received: number;
  recovered: number;
  lost: number;
  unaccounted: number;
  waiting: number;
}

/** What lies in the outbox now, whoever writes it meanwhile. */
function outboxOf(stateDir: string): HistoryBatch[] {
  const db = new Database(join(stateDir, "outbox.db"), { readonly: true });
  try {
    const rows = db.prepare("SELECT payload FROM waiting").all() as { payload: Uint8Array }[];
    return rows.map(({ payload }) => decodeHistory(payload));
  } finally {
    db.close();
  }
}

const committedIn = (stateDir: string): string[] =>
  outboxOf(stateDir).flatMap(({ beats }) => beats.map(({ beatId }) => beatId));

async function storedIn(cloud: CloudProcess): Promise<string[]> {
  const range = `from=${Date.now() - 3_600_000}&to=${Date.now() + 60_000}&limit=10000`;
  const answer = await cloud.ask("GET", `/api/v1/devices/club.booth/beats?${range}`);
  return ((await answer.json()) as { beats: { beatId: string }[] }).beats.map(({ beatId }) => beatId);
}

const loginAt = async (cloud: CloudProcess) => ({
  url: `mqtt://127.0.0.1:${cloud.port}`,
  username: "club.booth",
  password: await cloud.passwordOf("club.booth"),
});

async function ledgerOf(cloud: CloudProcess): Promise<Ledger | undefined> {
  const response = await fetch(`${cloud.url}/api/v1/devices/club.booth/ledger`);
  return response.ok ? ((await response.json()) as { total: Ledger }).total : undefined;
}

/** Beats that somebody in the room heard of and that fell while the device lived. */
function fallenIn(inbox: Inbox, untilUs: number): string[] {
  const last = new Map<string, BeatPrediction>();
  for (const message of inbox.of("beat").map((one) => BeatPrediction.parse(one))) {
    const known = last.get(message.beatId);
    if (!known || known.rev <= message.rev) last.set(message.beatId, message);
  }
  return [...last.values()]
    .filter(({ state, dueAtUs }) => state !== "withdrawn" && dueAtUs < untilUs)
    .map(({ beatId }) => beatId);
}

const numberOf = (beatId: string): number => Number(beatId.split("-").at(-1));
const newestIn = (inbox: Inbox): BeatPrediction =>
  inbox
    .of("beat")
    .map((one) => BeatPrediction.parse(one))
    .reduce((newest, one) => (numberOf(one.beatId) > numberOf(newest.beatId) ? one : newest));

/** Of a session of hearing, the last beat that the outbox knows the end of. */
function settledIn(stateDir: string, beatId: string): number {
  const db = new Database(join(stateDir, "outbox.db"), { readonly: true });
  try {
    const name = beatId.slice(0, beatId.lastIndexOf("-"));
    return Number(db.prepare("SELECT number FROM counted WHERE name = ?").pluck().get(name) ?? -1);
  } finally {
    db.close();
  }
}

/** A beat was announced just now: the next one is a while off. */
async function untilJustAnnounced(inbox: Inbox): Promise<number> {
  const before = numberOf(newestIn(inbox).beatId);
  await eventually(() => numberOf(newestIn(inbox).beatId) > before, "another beat");
  await sleep(50);
  return numberOf(newestIn(inbox).beatId);
}

/** No agent lives for long enough to note anything; ends with the device. */
function keepAgentDown(device: DeviceUnderTest): NodeJS.Timeout {
  const killed = new Set<number>();
  return setInterval(() => {
    const pid = device.pids("agent").at(-1);
    if (pid === undefined || killed.has(pid)) return;
    killed.add(pid);
    process.kill(pid, "SIGKILL");
  }, 20);
}

/** Two seconds of nothing: mono, 16 bits, 44 100 Hz. */
function silence(): Buffer {
  const wav = Buffer.alloc(44 + 2 * 88_200);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(44_100, 24);
  wav.writeUInt32LE(88_200, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36);
  wav.writeUInt32LE(wav.length - 44, 40);
  return wav;
}

/** Every process of it at once, as when the power goes, but for the disk. */
async function killWhole(device: DeviceUnderTest): Promise<void> {
  device.child.kill("SIGSTOP"); // it would start the others again
  for (const name of ["hearing", "agent"] as const) {
    try {
      process.kill(device.pids(name).at(-1) as number, "SIGKILL");
    } catch {
      // It is dead already.
    }
  }
  device.child.kill("SIGKILL");
  await once(device.child, "exit");
}

test("whatever is killed, each beat is in history once or in the ledger as missing", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tactus-loss-"));
  const [dataDir, stateDir] = [join(folder, "cloud"), join(folder, "state")];
  const cloud = new CloudProcess(dataDir);
  await cloud.start();
  const settings = { stateDir, cloud: await loginAt(cloud) };
  const ledger = () => ledgerOf(cloud);
  const committed = new Set<string>();
  const look = () => {
    for (const id of committedIn(stateDir)) committed.add(id);
  };
  const restartCloud = async () => {
    await cloud.end("SIGKILL");
    await sleep(500);
    await cloud.start();
  };
  const killAgent = (device: DeviceUnderTest) => process.kill(device.pids("agent").at(-1) as number, "SIGKILL");

  let device = await DeviceUnderTest.start(settings);
  const first = await Inbox.of(await device.client(), "beat");
  await eventually(async () => ((await ledger())?.received ?? 0) > 4, "first beats in history", 60_000);
  for (const hit of [() => killAgent(device), () => cloud.cutLine(), restartCloud, () => killAgent(device)]) {
    await sleep(1500 + Math.random() * 1500);
    look();
    await hit();
    look();
  }
  await sleep(3000);
  look();
  const endedAtUs = Date.now() * 1000;
  await killWhole(device);
  look();
  const heard = fallenIn(first, endedAtUs);
  await device.stop();

  device = await DeviceUnderTest.start(settings);
  const second = await Inbox.of(await device.client(), "beat");
  await second.atLeast(6, "beat", 60_000);
  await restartCloud();
  look();
  const known = new Set(committed);
  await eventually(() => !committedIn(stateDir).some((id) => known.has(id)), "the outbox drains", 90_000);
  await second.atLeast(20, "beat");
  look();
  heard.push(...fallenIn(second, (Date.now() - 1000) * 1000));
  await device.stop();
  const total = await eventually(async () => {
    const now = await ledger();
    return now?.waiting === 0 && now.received > 0 && now;
  }, "nothing waits any more");
  const stored = await storedIn(cloud);
  await cloud.stop();

  const there = new Set(stored);
  // The device stopped in order: what it could not send any more waits for its next start.
  const left = new Set(committedIn(stateDir));
  const untold = outboxOf(stateDir).reduce((sum, batch) => sum + (batch.ledger?.unaccounted ?? 0), 0);
  console.log(
    `ledger ${JSON.stringify(total)}, ${committed.size} beats seen in the outbox, ${heard.length} in the room`,
  );
  expect(stored).toHaveLength(there.size);
  expect([...committed].filter((id) => !there.has(id) && !left.has(id))).toEqual([]);
  expect(total.received).toBe(stored.length);
  expect(total.produced).toBe(total.received + total.lost + total.unaccounted);
  expect(total.lost).toBe(0);
  expect(heard.filter((id) => !there.has(id) && !left.has(id)).length).toBeLessThanOrEqual(total.unaccounted + untold);
  expect(heard.length).toBeGreaterThan(30);
  await rm(folder, { recursive: true });
}, 240_000);

test("beats that no agent was there to hear are counted to the beat, also when the whole box dies twice before one is back", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tactus-loss-"));
  const stateDir = join(folder, "state");
  const cloud = new CloudProcess(join(folder, "cloud"));
  await cloud.start();
  const settings = { stateDir, cloud: await loginAt(cloud) };

  const first = await DeviceUnderTest.start(settings);
  const firstHeard = await Inbox.of(await first.client(), "beat");
  const atFirst = await eventually(async () => {
    const total = await ledgerOf(cloud);
    return (total?.received ?? 0) > 4 && total;
  }, "first beats in history");
  first.child.kill("SIGSTOP"); // it would start the agent again
  process.kill(first.pids("agent").at(-1) as number, "SIGKILL");
  await firstHeard.atLeast(firstHeard.of("beat").length + 30, "beat");
  const newest = await untilJustAnnounced(firstHeard);
  await killWhole(first);
  const unheard = newest - settledIn(stateDir, newestIn(firstHeard).beatId);
  await first.stop();

  const second = await DeviceUnderTest.launch(settings);
  const killing = keepAgentDown(second);
  await eventually(() => second.stdout.includes("pairing"), "hearing is up", 60_000);
  second.port = Number(/mqtt:\/\/127\.0\.0\.1:(\d+)/.exec(second.stdout)?.[1]);
  const secondHeard = await Inbox.of(await second.client(), "beat");
  await secondHeard.atLeast(20, "beat", 60_000);
  const all = (await untilJustAnnounced(secondHeard)) + 1;
  clearInterval(killing);
  await killWhole(second);
  await second.stop();

  const source = join(folder, "silence.wav");
  await writeFile(source, silence());
  const third = await DeviceUnderTest.start({ ...settings, source });
  const unaccounted = atFirst.unaccounted + unheard + all;
  const total = await eventually(async () => {
    const now = await ledgerOf(cloud);
    return now?.waiting === 0 && now.unaccounted >= unaccounted && now;
  }, "what was missed is in the ledger");
  await sleep(2000); // and nothing is counted again
  await third.stop();
  const stored = await storedIn(cloud);
  const atLast = await ledgerOf(cloud);
  await cloud.stop();

  console.log(`ledger ${JSON.stringify(total)}: ${unheard} and ${all} beats were announced without an agent`);
  expect(atLast).toEqual(total);
  expect(total.unaccounted).toBe(unaccounted);
  expect(total.received).toBe(stored.length);
  expect(new Set(stored).size).toBe(stored.length);
  expect(total.produced).toBe(total.received + total.lost + total.unaccounted);
  expect(readdirSync(join(stateDir, "beats")).length).toBeLessThanOrEqual(3);
  await rm(folder, { recursive: true });
}, 240_000);
