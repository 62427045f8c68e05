import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BIN, DeviceUnderTest, eventually, RECORDING } from "./device-under-test.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactus-cli-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function tactus(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

/** One second of PCM silence at 8 kHz as WAV. */
function silentWav(): Buffer {
  const data = Buffer.alloc(16_000);
  const head = Buffer.alloc(44);
  head.write("RIFF", 0).toString();
  head.writeUInt32LE(36 + data.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(16_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}

test("track prints the beats of a recording, time and place in the bar", async () => {
  const { code, stdout, stderr } = await tactus("track", RECORDING);

  const lines = stdout.trim().split("\n");
  const times = lines.map((line) => Number(line.split("\t")[0]));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(lines.every((line) => /^\d+\.\d{3}\t\d+$/.test(line))).toBe(true);
  expect(lines.length).toBeGreaterThan(90);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

test("track prints every event as JSON, none announced after it fell", async () => {
  const { stdout } = await tactus("track", "--format", "jsonl", RECORDING);

  const events = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(Object.keys(events[0])).toEqual([
    "beatId",
    "rev",
    "state",
    "time",
    "beatInBar",
    "announcedAt",
    "bpm",
    "confidence",
  ]);
  expect(events.every(({ time, announcedAt }) => announcedAt <= time)).toBe(true);
});

test("track writes one output per file, and a bad file stops nothing", async () => {
  const [silent, broken, out] = [join(folder, "silent.wav"), join(folder, "broken.ogg"), join(folder, "out")];
  await writeFile(silent, silentWav());
  await writeFile(broken, "no audio at all");

  const { code, stdout, stderr } = await tactus("track", broken, silent, RECORDING, "--out", out);

  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toContain("broken.ogg");
  expect((await readdir(out)).sort()).toEqual(["escape-from-chaosland.beats", "silent.beats"]);
  expect(await readFile(join(out, "silent.beats"), "utf8")).toBe("");
});

test.each([
  [["track"], /missing required argument 'file'/],
  [["track", "x.wav", "--format", "midi"], /Allowed choices are beats, jsonl/],
  [["track", "x.wav", "--lead", "9"], /20 to 2000/],
  [["track", "a/x.wav", "b/x.ogg", "--out", "o"], /would both be written/],
  [["device", "--port", "no"], /whole number/],
  [["device", "--rate", "48000"], /go with --source -/],
  [["device", "--unknown"], /unknown option/],
  [["dance"], /unknown command 'dance'/],
])("tactus %j is wrong use: one line and exit code 2", async (args, message) => {
  const { code, stdout, stderr } = await tactus(...args);

  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toMatch(message);
});

test("a configuration that is wrong is one line and exit code 1", async () => {
  const file = join(folder, "device.yaml");
  await writeFile(file, "leadMs: soon");

  const { code, stderr } = await tactus("device", "--config", file);

  expect(code).toBe(1);
  expect(stderr).toMatch(/^tactus: Configuration .*device\.yaml: leadMs: [^\n]*\n$/);
});

test.each(["--help", "device --help", "track --help", "doctor --help", "calibrate --help"])(
  "tactus %s explains itself",
  async (args) => {
    const { code, stdout } = await tactus(...args.split(" "));

    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: tactus ${args.replace("--help", "")}\\S`));
  },
);

/** Starts a device that is to end by itself. */
async function ending(settings: object, args: string[] = []) {
  const device = await DeviceUnderTest.launch({ logLevel: "silent", ...settings }, args);
  const [code] = (await once(device.child, "close")) as [number | null];
  await device.stop();
  return { code, stdout: device.stdout, stderr: device.stderr };
}

test("a device whose file does not exist ends with the reason", async () => {
  const { code, stderr } = await ending({ source: join(folder, "missing.wav") });

  expect(code).toBe(1);
  expect(stderr).toMatch(/^tactus: .*missing\.wav does not exist[^\n]*\n$/);
});

test("a device whose port is taken ends with the remedy", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as { port: number };

  const { code, stderr } = await ending({ mqtt: { port } });

  other.close();
  expect(code).toBe(1);
  expect(stderr).toMatch(/^tactus: Port \d+ on 127\.0\.0\.1 is in use[^\n]*\n$/);
});

test("a device whose backend nobody knows is wrong use", async () => {
  const { code, stderr } = await ending({ source: "default", backend: "gramophone" });

  expect(code).toBe(2);
  expect(stderr).toMatch(/gramophone/);
});

test("a device ends when the file has been played, and takes its processes with it", async () => {
  const file = join(folder, "silent.wav");
  await writeFile(file, silentWav());
  const device = await DeviceUnderTest.launch({ source: file, loop: false });

  const [code] = (await once(device.child, "close")) as [number | null];

  expect(code).toBe(0);
  for (const pid of [...device.pids("hearing"), ...device.pids("agent")]) expect(() => process.kill(pid, 0)).toThrow();
  await device.stop();
});

test("a device hears a WAV from a pipe and ends with it", async () => {
  const device = await DeviceUnderTest.launch({}, ["--source", "-"]);
  device.child.stdin?.end(silentWav());

  const [code] = (await once(device.child, "close")) as [number | null];

  expect(code).toBe(0);
  await device.stop();
});

test("a device that is killed leaves no process behind", async () => {
  const device = await DeviceUnderTest.start();
  await eventually(() => device.pids("agent").length > 0, "the agent");
  const pids = [...device.pids("hearing"), ...device.pids("agent")];

  device.child.kill("SIGKILL");

  const isGone = (pid: number) => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  };
  await eventually(() => pids.every(isGone), "both processes gone");
  await device.stop();
});
