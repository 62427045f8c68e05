/**
 * How near a native Ableton Link peer is to the beats: the Link output leads a session, a peer compiled from Ableton's headers says
 * ten times a second where it stands.
 *
 *     unshare --net sh -c 'ip link set lo up; node benchmarks/link-phase.mjs [--seconds 60] [--bpm 128] [--wander 0] [--load]'
 *
 * `unshare` keeps it away from Link sessions on the network. Prints the distance in milliseconds between the peer's bar and ours, and
 * how many commands were sent. --wander moves each announced beat by up to that many milliseconds; --load keeps every core busy.
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createLinkOutput, LinkConfig } from "../firmware-bridge/dist/outputs/link/index.js";
import { buildLinkHelper, compileWithLink } from "../firmware-bridge/link-helper/build.mjs";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    bpm: { type: "string", default: "128" },
    wander: { type: "string", default: "0" },
    load: { type: "boolean", default: false },
  },
});
const [SECONDS, BPM, WANDER_S] = [Number(values.seconds), Number(values.bpm), Number(values.wander) / 1000];
const PERIOD = 60 / BPM;
const BEATS_PER_BAR = 4;
/** Finding each other, and the first placing. */
const WARM_UP_S = 8;

const now = () => performance.now() / 1000;
const hrtimeAhead = Number(process.hrtime.bigint()) / 1e9 - now();
const sleepUntil = (at) => new Promise((resolve) => setTimeout(resolve, (at - now()) * 1000));
const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

/** A pseudo-random number in [-1, 1), the same in every run. */
function noise(index) {
  const x = Math.sin(index * 12.9898) * 43758.5453;
  return (x - Math.floor(x)) * 2 - 1;
}

function startPeer() {
  const program = compileWithLink({
    source: fileURLToPath(new URL("../firmware-bridge/test/link-peer/link-peer.cpp", import.meta.url)),
    target: fileURLToPath(new URL("../.tactus/link-helper/test-peer", import.meta.url)),
  });
  const child = spawn(program, ["97", String(BEATS_PER_BAR)], { stdio: ["pipe", "pipe", "inherit"] });
  const states = [];
  createInterface({ input: child.stdout }).on("line", (line) => states.push(JSON.parse(line)));
  return { child, states };
}

async function conduct(output, startAt) {
  output.mode("following");
  for (let beat = 0; beat * PERIOD < SECONDS + WARM_UP_S; beat += 1) {
    await sleepUntil(startAt + beat * PERIOD - output.leadS);
    const fireAt = startAt + beat * PERIOD + WANDER_S * noise(beat);
    const place = { beatInBar: (beat % BEATS_PER_BAR) + 1, beatsPerBar: BEATS_PER_BAR, bar: 1 };
    output.beat({ ...place, fireAt, dueAt: fireAt, bpm: BPM, confidence: 1, beatId: `${beat}`, source: "metronome" });
  }
}

/** Milliseconds by which the peer's bar is ahead of ours. */
function errorOf({ monotonic, phase }, startAt) {
  const beats = phase - (monotonic - hrtimeAhead - startAt) / PERIOD;
  return (beats - BEATS_PER_BAR * Math.round(beats / BEATS_PER_BAR)) * PERIOD * 1000;
}

const helper = buildLinkHelper();
const peer = startPeer();
await sleepUntil(now() + 1);
const context = { now, log: { info: () => {}, warn: console.error } };
const output = createLinkOutput(LinkConfig.parse({ type: "link", helper, join: "force" }), context);
const busy = values.load
  ? Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ["-e", "for (;;);"]))
  : [];
try {
  await output.start();
  const startAt = now() + 0.5;
  await conduct(output, startAt);
  const kept = peer.states.filter(({ monotonic }) => monotonic - hrtimeAhead > startAt + WARM_UP_S);
  const errors = kept.map((state) => Math.abs(errorOf(state, startAt))).sort((a, b) => a - b);
  const tempi = kept.map(({ bpm }) => bpm);
  console.log({
    seconds: SECONDS,
    bpm: BPM,
    wanderMs: WANDER_S * 1000,
    load: values.load,
    readings: errors.length,
    phaseErrorMs: {
      p50: Number(quantile(errors, 0.5).toFixed(3)),
      p95: Number(quantile(errors, 0.95).toFixed(3)),
      max: Number(errors.at(-1).toFixed(3)),
    },
    peerBpm: { min: Math.min(...tempi), max: Math.max(...tempi) },
    linesSent: output.health().sent,
  });
} finally {
  await output.stop();
  peer.child.kill();
  for (const child of busy) child.kill("SIGKILL");
}
