/** Contract: the beats that the cloud keeps, and what can be asked about them. */
import type { Beat, HistoryBatch } from "@tactus/shared";
import type { HistoryRange } from "./history-plan.js";

/** A batch as it came from one device. */
export interface DeviceBatch {
  deviceId: string;
  receivedAtUs: number;
  batch: HistoryBatch;
}

/** `duplicate`: (device, session, sequence) was there already, nothing changed. Both mean "safe on disk". */
export type AppendOutcome = "stored" | "duplicate";

export interface Spread {
  min: number;
  mean: number;
  max: number;
}

export interface HistoryPoint {
  /** Start of the bucket, epoch microseconds. */
  atUs: number;
  beats: number;
  bpm: Spread;
  confidence: Spread;
}

/** How far the dates of some beats can be trusted. */
export interface DateTrust {
  /** Some are the box's word alone, while its clock was not synchronised: they may move. */
  provisional: boolean;
  /** The dates are off by no more than this, microseconds; 0 = not known, or not kept (rollups). */
  uncertaintyUs: number;
}

/** Buckets without beats are left out. */
export interface HistoryCurve {
  fromUs: number;
  toUs: number;
  bucketUs: number;
  beats: number;
  points: HistoryPoint[];
  dates: DateTrust;
}

/** A stored beat: `atUs` is the date as far as it is known by now. */
export interface DatedBeat extends Beat, DateTrust {
  session: string;
}

export interface BeatQuery {
  /** Epoch microseconds; half open. */
  fromUs: number;
  toUs: number;
  /** Beats to pass over. */
  skip: number;
  limit: number;
}

/** In the order of their dates. */
export interface BeatPage {
  beats: DatedBeat[];
  hasMore: boolean;
}

/** All that is kept of one device's beats. */
export interface HistoryExtent {
  beats: number;
  /** Epoch microseconds; 0 when there are none. */
  firstUs: number;
  lastUs: number;
}

/** What became of the beats of some days. */
export interface LedgerCounts {
  /** Fallen, as far as the box has said. */
  produced: number;
  /** Stored here, each once. */
  received: number;
  /** Of these, late: sent again, or after an outage. */
  recovered: number;
  /** Given up by the box: no room on its disk, or a batch that was refused. */
  lost: number;
  /** Announced while the box's agent was not there to note them. */
  unaccounted: number;
}

export interface LedgerDay extends LedgerCounts {
  /** Days since 1 January 1970 (UTC), by the box's clock. */
  day: number;
}

/** How the store is: for /readyz and /metrics. */
export interface StoreState {
  /** What is wrong, in words; empty = all is well. */
  problems: string[];
  /** Numbers that only grow, by name. */
  counts: Record<string, number>;
  /** Numbers as they are now, by name. */
  gauges: Record<string, number>;
}

/** The calls of every implementation. */
export interface HistoryCalls {
  /** All of them in one transaction, on disk when it returns. Throws UnavailableError when nothing can be taken now. */
  append(batches: DeviceBatch[]): AppendOutcome[];
  /** Of an unknown device: an empty curve. */
  history(deviceId: string, range: HistoryRange): HistoryCurve;
  beats(deviceId: string, query: BeatQuery): BeatPage;
  extent(deviceId: string): HistoryExtent;
  /** Days from `fromDay` to `toDay`, both included, newest first; those without a beat are left out. */
  ledger(deviceId: string, range: { fromDay: number; toDay: number }): LedgerDay[];
  state(): StoreState;
}

export type HistoryStore = {
  [Name in keyof HistoryCalls]: (...args: Parameters<HistoryCalls[Name]>) => Promise<ReturnType<HistoryCalls[Name]>>;
} & { close(): Promise<void> };
