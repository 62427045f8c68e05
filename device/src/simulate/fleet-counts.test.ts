import { expect, test } from "vitest";
import { addUp, FleetCounts } from "./fleet-counts.js";
import { histogramOf, summaryLines } from "./fleet-lines.js";
import { LatencyHistogram } from "./latency-histogram.js";

test("percentiles are no more than a tenth off, and add up across processes", () => {
  const [one, other] = [new LatencyHistogram(), new LatencyHistogram()];
  for (let ms = 1; ms <= 1000; ms++) (ms % 2 ? one : other).add(ms);
  one.merge(other.counts);

  expect(one.total).toBe(1000);
  for (const share of [0.5, 0.95, 0.99]) {
    expect(one.percentile(share)).toBeGreaterThanOrEqual(share * 1000 * 0.99);
    expect(one.percentile(share)).toBeLessThanOrEqual(share * 1000 * 1.11);
  }
  expect(new LatencyHistogram().percentile(0.5)).toBe(0);
});

test("reports of several processes are one, and an account that does not add up is shouted out", () => {
  const counts = new FleetCounts();
  counts.up(20);
  counts.down(true, "reset");
  counts.acknowledged(5);
  const account = { produced: 10, acknowledged: 6, refused: 1, unaccounted: 1, waiting: 2 };
  const part = { devices: 2, ...counts.take(), account, waitingBatches: 1, cpu: 0.5, residentMb: 100 };

  const sum = addUp([part, part]);

  expect(sum).toMatchObject({ devices: 4, connects: 2, disconnects: 2, reasons: { reset: 2 }, cpu: 1 });
  expect(histogramOf(sum.ackMs).total).toBe(2);
  expect(counts.take().ackMs.every((count) => count === 0)).toBe(true);
  expect(summaryLines(sum, 60)[1]).toBe(
    "Beats      produced 20 = acknowledged 12 + waiting 4 + unaccounted 2 + refused 2",
  );
  const wrong = { ...sum, account: { ...sum.account, waiting: 3 } };
  expect(summaryLines(wrong, 60)[1]).toContain("DOES NOT ADD UP");
});
