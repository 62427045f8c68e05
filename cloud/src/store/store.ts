/** Contract: what the cloud keeps, and what it can be asked. */
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

export interface StoredDevice {
  deviceId: string;
  name: string;
  version: string;
  model: string;
  firstSeenUs: number;
  lastSeenUs: number;
}

/** All that is kept of one device's beats. */
export interface HistoryExtent {
  beats: number;
  /** Epoch microseconds; 0 when there are none. */
  firstUs: number;
  lastUs: number;
}

/** What is new about a device; the first sight of it adds it. */
export type DeviceSighting = Omit<StoredDevice, "firstSeenUs">;

/** The same calls in every implementation; `Store` is their asynchronous face. */
export interface StoreCalls {
  /** All of them in one transaction, on disk when it returns. */
  append(batches: DeviceBatch[]): AppendOutcome[];
  /** Of an unknown device: an empty curve. */
  history(deviceId: string, range: HistoryRange): HistoryCurve;
  extent(deviceId: string): HistoryExtent;
  devices(): StoredDevice[];
  sight(sightings: DeviceSighting[]): void;
  credentialOf(deviceId: string): string | undefined;
  setCredential(deviceId: string, secretHash: string, createdUs: number): void;
}

export type Store = {
  [Name in keyof StoreCalls]: (...args: Parameters<StoreCalls[Name]>) => Promise<ReturnType<StoreCalls[Name]>>;
} & { close(): Promise<void> };
