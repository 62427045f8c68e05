/** Reports of a simulated fleet into lines for people. Pure. */
import type { FleetReport } from "./fleet-counts.js";
import { LatencyHistogram } from "./latency-histogram.js";

const whole = (value: number): string => Math.round(value).toLocaleString("en-US");

/** "1,990 of 2,000 connected · 3,900 beats/s · …" */
export function progressLine(now: FleetReport, before: FleetReport, seconds: number): string {
  const perS = (value: number, was: number) => whole((value - was) / Math.max(0.001, seconds));
  const ack = histogramOf(now.ackMs);
  return [
    `${whole(now.connected)} of ${whole(now.devices)} connected`,
    `${perS(now.account.produced, before.account.produced)} beats/s`,
    `acknowledged ${whole(now.account.acknowledged)} (p50 ${ack.percentile(0.5)} ms, p99 ${ack.percentile(0.99)} ms)`,
    `waiting ${whole(now.account.waiting)}`,
    `links lost ${whole(now.disconnects)}`,
    `${Math.round(now.cpu * 100)} % CPU, ${whole(now.residentMb)} MB`,
  ].join(" · ");
}

/** The exact account, a line each. */
export function summaryLines(report: FleetReport, seconds: number): string[] {
  const { account, connects, disconnects, restarts, batches, acknowledgements, reasons } = report;
  const adds = account.acknowledged + account.refused + account.unaccounted + account.waiting;
  const why = Object.entries(reasons).map(([reason, count]) => `${reason} ${whole(count)}`);
  return [
    `${whole(report.devices)} devices, ${whole(seconds)} s`,
    `Beats      produced ${whole(account.produced)} = acknowledged ${whole(account.acknowledged)}` +
      ` + waiting ${whole(account.waiting)} + unaccounted ${whole(account.unaccounted)} + refused ${whole(account.refused)}` +
      `${adds === account.produced ? "" : "  (DOES NOT ADD UP)"}`,
    `Batches    sent ${whole(batches)}, acknowledged ${whole(acknowledgements)}, waiting ${whole(report.waitingBatches)}`,
    `Links      made ${whole(connects)}, lost ${whole(disconnects)}${why.length > 0 ? ` (${why.join(", ")})` : ""}, restarts ${whole(restarts)}`,
  ];
}

export function histogramOf(counts: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  histogram.merge(counts);
  return histogram;
}
