/** Whatever dies around it, the room has its beats: somebody on the local broker counts them while each thing is taken away. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BeatPrediction } from "@tactus/shared";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BadLine, type Fault } from "./bad-line.js";
import { CloudProcess } from "./cloud-process.js";
import { DeviceUnderTest, eventually, Inbox } from "./device-under-test.js";

interface Ledger {
  produced: number;
  received: number;
  lost: number;
  unaccounted: number;
  waiting: number;
}

/** While something is gone, so many more beats must come. */
const BEATS = 6;
/** No pause of the recording is longer, seconds. */
const LONGEST_PAUSE_S = 20;

let folder: string;
let cloud: CloudProcess;
let line: BadLine;
let device: DeviceUnderTest;
let inbox: Inbox;
let stateDir: string;

/** A file system of its own for the state of the box, so that it can be full or read-only: only root may have that. */
const hasOwnDisk = spawnSync("unshare", ["-m", "true"]).status === 0;
const OWN_DISK = (at: string) => [
  ...["unshare", "-m", "sh", "-c", `mount -t tmpfs -o size=24m,mode=700 tmpfs ${at} && exec "$0" "$@"`],
];
const inside = (...command: string[]) => {
  const { status, stderr } = spawnSync("nsenter", ["-t", String(device.child.pid), "-m", ...command]);
  if (status !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
};

/** Only while nobody has a file open for writing: in the moment after the agent was killed. */
async function makeReadOnly(): Promise<void> {
  process.kill(device.pids("agent").at(-1) as number, "SIGKILL");
  await eventually(() => {
    const remount = ["mount", "-o", "remount,ro,size=24m", stateDir];
    return spawnSync("nsenter", ["-t", String(device.child.pid), "-m", ...remount]).status === 0;
  }, "the disk is read-only");
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tactus-life-"));
  stateDir = join(folder, "state");
  mkdirSync(stateDir);
  cloud = new CloudProcess(join(folder, "cloud"));
  await cloud.start();
  line = new BadLine(() => cloud.port);
  await line.start();
  const password = await cloud.passwordOf("club.booth");
  const settings = {
    stateDir,
    cloud: { url: `mqtt://127.0.0.1:${line.port}`, username: "club.booth", password },
  };
  device = await DeviceUnderTest.start(settings, [], {}, hasOwnDisk ? OWN_DISK(stateDir) : []);
  inbox = await Inbox.of(await device.client(), "beat");
  await inbox.atLeast(4, "beat", 60_000);
  await eventually(async () => ((await ledger())?.received ?? 0) > 0, "first beats in history", 60_000);
}, 180_000);

afterAll(async () => {
  await device?.stop();
  line?.stop();
  await cloud?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function ledger(): Promise<Ledger | undefined> {
  const response = await fetch(`${cloud.url}/api/v1/devices/club.booth/ledger`).catch(() => undefined);
  return response?.ok ? ((await response.json()) as { total: Ledger }).total : undefined;
}

/** As they stood at the end, in the order of their numbers, of the one session of hearing that there must be. */
function heard(): { number: number; beat: BeatPrediction }[] {
  const last = new Map<string, BeatPrediction>();
  for (const beat of inbox.of("beat").map((one) => BeatPrediction.parse(one))) {
    const known = last.get(beat.beatId);
    if (!known || known.rev <= beat.rev) last.set(beat.beatId, beat);
  }
  const beats = [...last.values()].map((beat) => ({ number: Number(beat.beatId.split("-").at(-1)), beat }));
  return beats.sort((one, other) => one.number - other.number);
}

async function beatsGoOn(what: string): Promise<void> {
  const before = heard().length;
  await eventually(() => heard().length >= before + BEATS, `beats without ${what}`, 90_000);
}

test("beats go on while the cloud is dead", async () => {
  await cloud.end("SIGKILL");
  await beatsGoOn("a cloud");
  await cloud.start();
});

const FAULTS: Fault[] = [
  { kind: "timeout" },
  { kind: "latency", ms: 1500 },
  { kind: "bandwidth", bytesPerS: 200 },
  { kind: "slicer", bytes: 3, ms: 20 },
  { kind: "data-limit", bytes: 600 },
  { kind: "slow-close", ms: 3000 },
  { kind: "reset" },
];

test.each(FAULTS)("beats go on while the way to the cloud is bad: $kind", async (fault) => {
  line.become(fault);
  if (fault.kind === "slow-close") line.cut();
  await beatsGoOn(`a good line (${fault.kind})`);
  line.become({ kind: "none" });
  line.cut();
});

test("beats go on while the agent is dead, again and again", async () => {
  for (let k = 0; k < 2; k++) {
    const count = device.pids("agent").length;
    process.kill(device.pids("agent").at(-1) as number, "SIGKILL");
    await beatsGoOn("an agent");
    await eventually(() => device.pids("agent").length > count, "a new agent", 60_000);
  }
});

test("beats go on while the agent hangs", async () => {
  const hung = device.pids("agent").at(-1) as number;
  process.kill(hung, "SIGSTOP");
  await beatsGoOn("an agent that answers");
  if (device.pids("agent").at(-1) === hung) process.kill(hung, "SIGCONT");
});

test.skipIf(!hasOwnDisk)("beats go on while the disk is full, and while it cannot be written", async () => {
  inside("sh", "-c", `cat /dev/zero > ${stateDir}/filler 2>/dev/null; true`);
  await beatsGoOn("room on the disk");
  process.kill(device.pids("agent").at(-1) as number, "SIGKILL"); // it begins with a full disk as well
  await beatsGoOn("room on the disk, with a new agent");
  inside("rm", `${stateDir}/filler`);
  await makeReadOnly();
  await beatsGoOn("a disk that can be written");
  inside("mount", "-o", "remount,rw,size=24m", stateDir);
});

test("after all of it hearing has never stopped, and every beat of the room is in history or in the ledger", async () => {
  expect(device.pids("hearing")).toHaveLength(1);
  await beatsGoOn("trouble");
  const untilUs = (Date.now() - 1000) * 1000;
  const beats = heard();
  const numbers = beats.map(({ number }) => number);
  const missed = numbers.filter((number, index) => index > 0 && number !== (numbers[index - 1] ?? 0) + 1);
  const due = beats.filter(({ beat }) => beat.state !== "withdrawn").map(({ beat }) => beat.dueAtUs / 1e6);
  const pauses = due.map((at, index) => at - (due[index - 1] ?? at));

  expect(missed).toEqual([]);
  expect(Math.max(...pauses)).toBeLessThan(LONGEST_PAUSE_S);

  const fallen = beats.filter(({ beat }) => beat.state !== "withdrawn" && beat.dueAtUs < untilUs).length;
  const total = await eventually(
    async () => {
      const now = await ledger();
      return now?.waiting === 0 && now.produced >= fallen && now;
    },
    "history has everything",
    120_000,
  );
  console.log(
    `${beats.length} beats heard, longest pause ${Math.max(...pauses).toFixed(1)} s, ${JSON.stringify(total)}`,
  );
  expect(total.produced).toBe(total.received + total.lost + total.unaccounted);
  expect(total.lost).toBe(0);
}, 240_000);

test("beats come without a name service", async () => {
  const settings = {
    cloud: { url: "mqtt://cloud.tactus.invalid:1884", username: "club.booth", password: "x".repeat(24) },
  };
  const alone = await DeviceUnderTest.start(settings);
  try {
    const room = await Inbox.of(await alone.client(), "beat");
    await room.atLeast(BEATS, "beat", 90_000);
  } finally {
    await alone.stop();
  }
});

if (!hasOwnDisk)
  writeFileSync(2, "local-life: no mount namespace here (only root may have one): full and read-only disk not tried\n");
