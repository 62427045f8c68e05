/**
 * What the DMX engine costs: universes full of RGB fixtures, rendered as outputs ask for them.
 *
 *     node benchmarks/show-render.mjs [--universes 64] [--rate 44] [--seconds 30]
 *
 * For a few looks each: milliseconds per frame (p50, p95, max), share of one core at that rate, and what the heap grew by per
 * frame. Runs as fast as it can on music of 128 BPM; nothing is sent.
 */
import { parseArgs } from "node:util";
import { createShow, RigConfig } from "../firmware-bridge/dist/show/index.js";

const { values } = parseArgs({
  options: {
    universes: { type: "string", default: "64" },
    rate: { type: "string", default: "44" },
    seconds: { type: "string", default: "30" },
  },
});
const UNIVERSES = Number(values.universes);
const RATE = Number(values.rate);
const FRAMES = Number(values.seconds) * RATE;
const BPM = 128;

const pars = (universe) =>
  Array.from({ length: 170 }, (_, index) => ({
    name: `par-${universe}-${index}`,
    profile: "rgb-par",
    universe,
    channel: 3 * index + 1,
  }));
const parsWithDimmer = (universe) =>
  Array.from({ length: 85 }, (_, index) => ({
    name: `par-${universe}-${index}`,
    profile: "rgbw-par",
    universe,
    channel: 6 * index + 1,
  }));
const every = (make) => Array.from({ length: UNIVERSES }, (_, index) => make(index + 1)).flat();

const pulse = [{ effect: "pulse" }, { effect: "energy" }, { effect: "color-per-bar", spread: 1 }];
const chase = [
  { effect: "chase", width: 200, tail: 400, every: 0.25 },
  { effect: "color-per-bar", spread: 1 },
];
const tooFast = [
  { effect: "pulse", every: 0.5, decay: 0.3 },
  { effect: "pulse", every: 0.5, offset: 0.25, decay: 0.2 },
  { effect: "color-per-bar" },
];
const CASES = [
  { name: "170 RGB pars per universe: pulse, energy, colours", fixtures: every(pars), effects: pulse },
  { name: "170 RGB pars per universe: chase", fixtures: every(pars), effects: chase },
  { name: "170 RGB pars per universe: held back by the limiter", fixtures: every(pars), effects: tooFast },
  {
    name: "85 RGBW pars with dimmer per universe: pulse, energy, colours",
    fixtures: every(parsWithDimmer),
    effects: pulse,
  },
  {
    name: "one strip over all universes: chase by pixels",
    fixtures: [{ name: "strip", profile: "pixel-strip", channel: 1, pixels: Math.min(32_768, 170 * UNIVERSES) }],
    effects: [
      { ...chase[0], by: "cell" },
      { ...chase[1], by: "cell" },
    ],
  },
];

function poseAt(frame) {
  const at = frame / RATE;
  const beats = (at * BPM) / 60;
  const loud = 0.6 + 0.3 * Math.sin(at);
  return {
    at,
    beatPosition: beats,
    beatPhase: beats % 1,
    barPhase: beats % 4,
    beatsPerBar: 4,
    bar: Math.floor(beats / 4),
    bpm: BPM,
    confidence: 0.9,
    energy: { low: loud, mid: loud, high: loud / 2 },
    mode: "following",
    level: 1,
  };
}

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

function measure({ name, fixtures, effects }) {
  const config = RigConfig.parse({ fixtures, looks: { look: { effects } }, program: { looks: ["look"] } });
  const show = createShow(config, {
    loadProfile: (profile) => {
      throw new Error(`No profile ${profile}`);
    },
  });
  const times = new Float64Array(FRAMES);
  const poses = Array.from({ length: FRAMES + RATE }, (_, frame) => poseAt(frame));
  for (let frame = 0; frame < RATE; frame++) show.render(poses[frame]);
  const heap = process.memoryUsage().heapUsed;
  const before = process.cpuUsage();
  for (let frame = 0; frame < FRAMES; frame++) {
    const start = process.hrtime.bigint();
    show.render(poses[frame + RATE]);
    times[frame] = Number(process.hrtime.bigint() - start) / 1e6;
  }
  const busy = process.cpuUsage(before);
  const grown = Math.max(0, process.memoryUsage().heapUsed - heap) / FRAMES;
  // Processor time, so that what else the machine does is not counted; the percentiles are wall time.
  const share = (busy.user + busy.system) / 1e6 / (FRAMES / RATE);
  times.sort();
  console.log(
    `${name}\n  ${show.universes.length} universes: p50 ${quantile(times, 0.5).toFixed(2)} p95 ${quantile(times, 0.95).toFixed(2)} max ${times[FRAMES - 1].toFixed(2)} ms a frame, ${(100 * share).toFixed(1)} % of one core at ${RATE}/s, ${grown.toFixed(0)} bytes of heap a frame`,
  );
}

for (const one of CASES) measure(one);
