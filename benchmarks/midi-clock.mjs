/**
 * How steady the MIDI clock is: the MIDI output on a metronome, its bytes read from a named pipe by another process.
 *
 *     node benchmarks/midi-clock.mjs [--seconds 60] [--bpm 128] [--wander 0] [--load] [--json]
 *
 * Prints, of every F8 byte, the distance from its ideal time (announced beats divided by 24), and the tempo a receiver would
 * compute over 24 ticks. --wander moves each announced beat by up to that many milliseconds either way; --load keeps every core busy.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createMidiOutput, MidiConfig } from "../firmware-bridge/dist/outputs/midi/index.js";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    bpm: { type: "string", default: "128" },
    wander: { type: "string", default: "0" },
    load: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const [SECONDS, BPM, WANDER_S] = [Number(values.seconds), Number(values.bpm), Number(values.wander) / 1000];
const PERIOD = 60 / BPM;
const TICKS = 24;
const CLOCK = 0xf8;
/** The first beats are left out: the receiver's process is being compiled. */
const WARM_UP_BEATS = 8;

/** Reads the pipe byte by byte, blocking, and writes each byte with its hrtime to a file at the end. */
const READER = `
  import { openSync, readSync, writeFileSync } from "node:fs";
  const fd = openSync(process.argv[1], "r");
  const byte = Buffer.alloc(1);
  const seen = [];
  while (readSync(fd, byte, 0, 1, null) === 1) seen.push([byte[0], String(process.hrtime.bigint())]);
  writeFileSync(process.argv[2], JSON.stringify(seen));
`;

const now = () => performance.now() / 1000;
const hrtimeAhead = () => Number(process.hrtime.bigint()) / 1e9 - now();
const sleepUntil = (at) => new Promise((resolve) => setTimeout(resolve, (at - now()) * 1000));
const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

/** A pseudo-random number in [-1, 1), the same in every run. */
function noise(index) {
  const x = Math.sin(index * 12.9898) * 43758.5453;
  return (x - Math.floor(x)) * 2 - 1;
}

function summary(name, unit, list) {
  const sorted = list.toSorted((a, b) => a - b);
  const at = Object.fromEntries([0.5, 0.95, 0.99].map((q) => [`p${q * 100}`, Number(quantile(sorted, q).toFixed(3))]));
  return { name, unit, ...at, max: Number(sorted.at(-1).toFixed(3)), count: sorted.length };
}

async function play(output, startAt) {
  output.mode("following");
  for (let beat = 0; beat * PERIOD < SECONDS; beat += 1) {
    const fireAt = startAt + beat * PERIOD + WANDER_S * noise(beat);
    await sleepUntil(startAt + beat * PERIOD - output.leadS);
    const place = { beatInBar: (beat % 4) + 1, beatsPerBar: 4, bar: Math.floor(beat / 4) + 1 };
    output.beat({ ...place, fireAt, dueAt: fireAt, bpm: BPM, confidence: 1, beatId: `${beat}`, source: "metronome" });
  }
  await sleepUntil(now() + PERIOD);
}

const folder = mkdtempSync(join(tmpdir(), "tactus-midi-"));
const [pipe, result] = [join(folder, "pipe"), join(folder, "seen.json")];
execFileSync("mkfifo", [pipe]);
const reader = spawn(process.execPath, ["--input-type=module", "-e", READER, pipe, result], { stdio: "inherit" });
try {
  setPriority(reader.pid, -15); // the instrument must not wait for what it measures
} catch {
  console.error("not root: the reader's own delays are in the figures");
}
const busy = values.load
  ? Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ["-e", "for (;;);"]))
  : [];
try {
  await sleepUntil(now() + 1);
  const config = MidiConfig.parse({ type: "midi", port: { kind: "raw", path: pipe } });
  const output = createMidiOutput(config, { now, log: { info: () => {}, warn: console.error } });
  await output.start();
  const startAt = now() + 0.5;
  const ideal = startAt + hrtimeAhead();
  await play(output, startAt);
  const readerEnded = new Promise((resolve) => reader.once("exit", resolve));
  await output.stop();
  await readerEnded;
  const seen = JSON.parse(readFileSync(result, "utf8"));
  const ticks = seen.filter(([byte]) => byte === CLOCK).map(([, at]) => Number(at) / 1e9);
  const kept = ticks.slice(WARM_UP_BEATS * TICKS);
  const errors = kept.map(
    (at, index) => (at - ideal) * 1000 - ((index + WARM_UP_BEATS * TICKS) * PERIOD * 1000) / TICKS,
  );
  const tempi = kept.slice(TICKS).map((at, index) => 60 / (at - kept[index]) - BPM);
  const lines = [
    summary("tick error, absolute", "ms", errors.map(Math.abs)),
    summary("tempo over 24 ticks, from the true one", "BPM", tempi.map(Math.abs)),
  ];
  const setting = { seconds: SECONDS, bpm: BPM, wanderMs: WANDER_S * 1000, load: values.load };
  if (values.json) console.log(JSON.stringify({ ...setting, lines }));
  else {
    console.log(setting);
    console.table(lines);
  }
} finally {
  for (const child of busy) child.kill("SIGKILL");
  reader.kill();
  rmSync(folder, { recursive: true, force: true });
}
