import { expect, it } from "vitest";
import { Metrics } from "./metrics.js";

it("metrics are written as Prometheus reads them", () => {
  const metrics = new Metrics();
  const counter = metrics.counter("tactus_things_total", "Things");
  metrics.gauge("tactus_level", "Level", () => 1.5);
  counter.add({ kind: "good" });
  counter.add({ kind: "good" }, 4);
  counter.add({ kind: 'quo"te' });

  expect(metrics.render()).toBe(`# HELP tactus_things_total Things
# TYPE tactus_things_total counter
tactus_things_total{kind="good"} 5
tactus_things_total{kind="quo_te"} 1
# HELP tactus_level Level
# TYPE tactus_level gauge
tactus_level 1.5
`);
});
