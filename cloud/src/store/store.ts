/** Contract: the beats that the cloud keeps, and what can be asked about them. */
import type { HistoryBatch } from "@tactus/shared";
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

/** Buckets without beats are left out. */
export interface HistoryCurve {
  fromUs: number;
  toUs: number;
  bucketUs: number;
  beats: number;
  points: HistoryPoint[];
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

/** The same calls in every implementation; `Store` is their asynchronous face. */
export interface StoreCalls {
  /** All of them in one transaction, on disk when it returns. */
  append(batches: DeviceBatch[]): AppendOutcome[];
  /** Of an unknown device: an empty curve. */
  history(deviceId: string, range: HistoryRange): HistoryCurve;
  extent(deviceId: string): HistoryExtent;
  /** Days from `fromDay` to `toDay`, both included, newest first; those without a beat are left out. */
  ledger(deviceId: string, range: { fromDay: number; toDay: number }): LedgerDay[];
}

export type Store = {
  [Name in keyof StoreCalls]: (...args: Parameters<StoreCalls[Name]>) => Promise<ReturnType<StoreCalls[Name]>>;
} & { close(): Promise<void> };
