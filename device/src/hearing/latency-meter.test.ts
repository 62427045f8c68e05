import { expect, test } from "vitest";
import { LatencyMeter } from "./latency-meter.js";

const step = (model: number) => ({ frontend: 0.1, model, decoder: 0.2 });

test("latency meter tells the middle, the tail and the worst", () => {
  const meter = new LatencyMeter();

  for (let k = 0; k < 990; k++) meter.step(step(1), 1);
  for (let k = 0; k < 20; k++) meter.step(step(8), 1);
  const { model } = meter.take();

  expect(model.p50).toBeGreaterThan(0.88);
  expect(model.p50).toBeLessThan(1.13);
  expect(model.p99).toBeGreaterThan(7);
  expect(model.p99).toBeLessThanOrEqual(8);
  expect(model.max).toBe(8);
});

test("latency meter counts hops over 20 ms as late and keeps counting", () => {
  const meter = new LatencyMeter();

  meter.step(step(25), 1);
  meter.take();
  meter.step(step(25), 1);
  meter.step(step(1), 1);

  expect(meter.hops).toBe(3);
  expect(meter.lateHops).toBe(2);
});

test("latency meter says 0 when nothing was measured", () => {
  const meter = new LatencyMeter();

  meter.step(step(3), 1);
  meter.take();

  expect(meter.take().hop).toEqual({ p50: 0, p99: 0, max: 0 });
});

test("latency meter takes a negative capture age as none", () => {
  const meter = new LatencyMeter();

  meter.capture(-5);

  expect(meter.take().capture).toEqual({ p50: 0, p99: 0, max: 0 });
});
