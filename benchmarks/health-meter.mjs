// What the health meter adds to a step of hearing: nanoseconds, and bytes of garbage. Run: node benchmarks/health-meter.mjs
import { HealthMeter } from "../device/dist/hearing/health-meter.js";

const STEPS = 2_000_000;
const STEP_S = 0.04;
const meter = new HealthMeter();
const event = { state: "announced", time: 0, bpm: 128, confidence: 0.9, source: "tracker" };

function run(from) {
  let next = from * STEP_S;
  for (let k = from; k < from + STEPS; k++) {
    const now = k * STEP_S;
    meter.step(now, true);
    if (now + 0.2 < next) continue;
    event.time = next;
    meter.event(event);
    next += 60 / 128;
  }
}

run(0);
const heap = process.memoryUsage().heapUsed;
const begun = process.hrtime.bigint();
run(STEPS);
const ns = Number(process.hrtime.bigint() - begun) / STEPS;
const grown = Math.max(0, process.memoryUsage().heapUsed - heap) / STEPS;
const share = (ns * 1e-9) / STEP_S;
console.log(
  `${ns.toFixed(0)} ns and ${grown.toFixed(2)} bytes a step of 40 ms: ${(share * 100).toFixed(5)} % of a core`,
);
