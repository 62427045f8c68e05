/** What the devices of one process have done, and the same of several processes added up. */
import { LatencyHistogram } from "./latency-histogram.js";
import type { OutboxAccount } from "./memory-outbox.js";

/** One process's numbers since its start; latencies since the report before. */
export interface FleetReport {
  devices: number;
  connected: number;
  connects: number;
  disconnects: number;
  restarts: number;
  /** Batches sent, the same one again counted again. */
  batches: number;
  acknowledgements: number;
  /** `twin/desired` taken. */
  desired: number;
  /** Messages of the cloud that were none of the known ones. */
  misunderstood: number;
  account: OutboxAccount;
  waitingBatches: number;
  /** Why connections ended or did not come, with counts. */
  reasons: Record<string, number>;
  /** Buckets of LatencyHistogram: from the first sending of a batch to its acknowledgement. */
  ackMs: number[];
  /** From opening a socket to being subscribed. */
  connectMs: number[];
  /** Share of one core since the report before. */
  cpu: number;
  residentMb: number;
}

export class FleetCounts {
  connected = 0;
  connects = 0;
  disconnects = 0;
  restarts = 0;
  batches = 0;
  acknowledgements = 0;
  desired = 0;
  misunderstood = 0;
  readonly #reasons = new Map<string, number>();
  #ackMs = new LatencyHistogram();
  #connectMs = new LatencyHistogram();

  up(ms: number): void {
    this.connected++;
    this.connects++;
    this.#connectMs.add(ms);
  }

  down(wasUp: boolean, reason: string): void {
    if (wasUp) this.connected--;
    this.disconnects++;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  acknowledged(ms: number): void {
    this.acknowledgements++;
    this.#ackMs.add(ms);
  }

  /** Latencies begin anew. */
  take(): Omit<FleetReport, "devices" | "account" | "waitingBatches" | "cpu" | "residentMb"> {
    const { connected, connects, disconnects, restarts, batches, acknowledgements, desired, misunderstood } = this;
    const [ackMs, connectMs] = [this.#ackMs.counts, this.#connectMs.counts];
    this.#ackMs = new LatencyHistogram();
    this.#connectMs = new LatencyHistogram();
    const reasons = Object.fromEntries(this.#reasons);
    const sums = { connected, connects, disconnects, restarts, batches, acknowledgements, desired, misunderstood };
    return { ...sums, reasons, ackMs, connectMs };
  }
}

const SUMMED = [
  "devices",
  "connected",
  "connects",
  "disconnects",
  "restarts",
  "batches",
  "acknowledgements",
  "desired",
  "misunderstood",
  "waitingBatches",
  "cpu",
  "residentMb",
] as const;

/** Of all processes together. */
export function addUp(reports: readonly FleetReport[]): FleetReport {
  const sum = emptyReport();
  const [ack, connect] = [new LatencyHistogram(), new LatencyHistogram()];
  for (const report of reports) {
    for (const name of SUMMED) sum[name] += report[name];
    for (const name of ["produced", "acknowledged", "refused", "unaccounted", "waiting"] as const)
      sum.account[name] += report.account[name];
    for (const [reason, count] of Object.entries(report.reasons))
      sum.reasons[reason] = (sum.reasons[reason] ?? 0) + count;
    ack.merge(report.ackMs);
    connect.merge(report.connectMs);
  }
  return { ...sum, ackMs: ack.counts, connectMs: connect.counts };
}

export function emptyReport(): FleetReport {
  const account = { produced: 0, acknowledged: 0, refused: 0, unaccounted: 0, waiting: 0 };
  const counts = Object.fromEntries(SUMMED.map((name) => [name, 0])) as Record<(typeof SUMMED)[number], number>;
  return { ...counts, account, reasons: {}, ackMs: [], connectMs: [] };
}
