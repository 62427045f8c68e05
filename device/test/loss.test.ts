import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
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

/** The newest beat that an agent has noted. */
const markIn = (stateDir: string): string => readFileSync(join(stateDir, "newest-beat"), "utf8");

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

/** Every process of it at once, as when the power goes, but for the disk. */
async function killWhole(device: DeviceUnderTest): Promise<void> {
  device.child.kill("SIGSTOP"); // it would start the others again
  for (const name of ["hearing", "agent"] as const) process.kill(device.pids(name).at(-1) as number, "SIGKILL");
  device.child.kill("SIGKILL");
  await once(device.child, "exit");
}

test("whatever is killed, each beat is in history once or in the ledger as missing", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tactus-loss-"));
  const [dataDir, stateDir] = [join(folder, "cloud"), join(folder, "state")];
  const cloud = new CloudProcess(dataDir);
  await cloud.start();
  const settings = {
    stateDir,
    cloud: {
      url: `mqtt://127.0.0.1:${cloud.port}`,
      username: "club.booth",
      password: await cloud.passwordOf("club.booth"),
    },
  };
  const ledger = async (): Promise<Ledger | undefined> => {
    const response = await fetch(`${cloud.url}/api/v1/devices/club.booth/ledger`);
    return response.ok ? ((await response.json()) as { total: Ledger }).total : undefined;
  };
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
  // What is announced while no agent runs, and no agent hears the end of, nobody can count: it is there again.
  const marked = markIn(stateDir);
  await eventually(() => markIn(stateDir) !== marked, "the agent notes beats again", 60_000);
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
