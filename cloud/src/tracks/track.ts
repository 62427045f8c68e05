/** Contract: a piece of music the cloud knows, what was found out about it, and where it was heard. */
import type { TelemetryMessage } from "@tactus/shared";

export interface Track {
  /** "t-" and letters, digits; given once, never again. */
  id: string;
  /** Rises with every track: newer ones have higher numbers. */
  number: number;
  title: string;
  artist: string;
  durationMs: number;
  /** Of the file as it came, hexadecimal. */
  sha256: string;
  addedUs: number;
  addedBy: string;
}
export type NewTrack = Omit<Track, "number">;

export type VersionState = "queued" | "running" | "done" | "failed";

/** One analysis of a track by one model: a version of its Genesis Map. */
export interface TrackVersion {
  /** Of the analysis, over all tracks. */
  id: number;
  track: string;
  /** Counts the analyses of this track, from 1. */
  version: number;
  model: string;
  modelVersion: string;
  state: VersionState;
  /** Why it failed; empty otherwise. */
  reason: string;
  createdUs: number;
  /** What the analysis took, milliseconds; 0 = it has not ended. */
  tookMs: number;
}
export type NewVersion = Pick<TrackVersion, "track" | "model" | "modelVersion" | "createdUs">;
export type VersionChange = Pick<TrackVersion, "id" | "state" | "reason" | "tookMs">;

/** A file that an analysis left: the map itself, its waveform, its fingerprint … */
export interface TrackArtifact {
  /** Such as "genesis-map"; one of each kind in a version. */
  kind: string;
  sha256: string;
  bytes: number;
  /** Below the artifact folder. */
  path: string;
}

/** A figure about one analysis, by name: "f-measure". */
export interface TrackMetric {
  name: string;
  value: number;
}

/** A track that a box recognised in its room. */
export interface Play {
  id: number;
  track: string;
  device: string;
  /** Of the map that was followed. */
  version: number;
  /** By the box's clock; half open. */
  fromUs: number;
  toUs: number;
  /** How well sound and map agreed while it was followed, [0, 1]. */
  lockQuality: number;
}
export type NewPlay = Omit<Play, "id">;

/** How a box was while it played the track. */
export interface TrackSummary {
  play: number;
  device: string;
  atUs: number;
  receivedAtUs: number;
  message: TelemetryMessage & { sequence: number };
}

export interface TrackQuery {
  /** Part of title or artist, in any case. */
  text?: string | undefined;
  /** Only older ones than this number. */
  before?: number | undefined;
  limit: number;
}
