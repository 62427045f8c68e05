import { expect, it } from "vitest";
import { Metrics } from "./metrics.js";

it("metrics are written as Prometheus reads them", () => {
  const metrics = new Metrics();
  const counter = metrics.counter("tactus_things_total", "Things");
  metrics.gauge("tactus_level", "Level", () => 1.5);
  metrics.gauge("tactus_rooms", "Rooms\nby state", () => [
    [{ state: "open" }, 2],
    [{ state: "shut" }, Number.POSITIVE_INFINITY],
  ]);
  counter.add({ kind: "good" });
  counter.add({ kind: "good" }, 4);
  counter.add({ kind: 'quo"te \\ and\nline' });
  counter.add({ b: "2", a: "1" });
  counter.add({ a: "1", b: "2" });

  expect(metrics.render()).toBe(`# HELP tactus_things_total Things
# TYPE tactus_things_total counter
tactus_things_total{kind="good"} 5
tactus_things_total{kind="quo\\"te \\\\ and\\nline"} 1
tactus_things_total{a="1",b="2"} 2
# HELP tactus_level Level
# TYPE tactus_level gauge
tactus_level 1.5
# HELP tactus_rooms Rooms\\nby state
# TYPE tactus_rooms gauge
tactus_rooms{state="open"} 2
tactus_rooms{state="shut"} +Inf
`);
});

it("metrics refuse names that Prometheus would not take", () => {
  const metrics = new Metrics();

  expect(() => metrics.counter("tactus_things", "Things")).toThrow("does not end in _total");
  expect(() => metrics.gauge("tactus-level", "Level", () => 1)).toThrow("no metric name");
  expect(() => metrics.counter("tactus_a_total", "A").add({ "my-label": "x" })).toThrow("no label name");
});
