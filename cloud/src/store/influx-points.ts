/** Beats into points of InfluxDB and rows of InfluxDB into beats. Pure. Same device, session and time: the same point. */
import { Point } from "@influxdata/influxdb-client";
import type { Beat } from "@tactus/shared";
import type { Era } from "./dating.js";
import type { DatedBeat } from "./store.js";

export const MEASUREMENT = "beat";

const SURE = "sure";
const PROVISIONAL = "provisional-";

/** The tag `dated`: provisional dates name their era, so that it can be put right. */
export const datedOf = ({ isKnown, era }: Era): string => (isKnown ? SURE : provisionalOf(era));
export const provisionalOf = (era: number): string => `${PROVISIONAL}${era}`;
export const isProvisional = (dated: string): boolean => dated.startsWith(PROVISIONAL);

export function pointOf(
  beat: Beat,
  { deviceId, session, era }: { deviceId: string; session: string; era: Era },
): Point {
  return new Point(MEASUREMENT)
    .tag("device", deviceId)
    .tag("session", session)
    .tag("dated", datedOf(era))
    .floatField("bpm", beat.bpm)
    .floatField("confidence", beat.confidence)
    .intField("bar", beat.bar)
    .intField("beatInBar", beat.beatInBar)
    .intField("beatsPerBar", beat.beatsPerBar)
    .intField("uncertaintyUs", era.uncertaintyUs)
    .stringField("beatId", beat.beatId)
    .stringField("source", beat.source)
    .timestamp(String(beat.atUs + era.shiftUs));
}

/** A row of a query that has pivoted the fields into columns. */
export interface BeatRow {
  _time: string;
  session: string;
  dated: string;
  bpm: number;
  confidence: number;
  bar: number;
  beatInBar: number;
  beatsPerBar: number;
  uncertaintyUs: number;
  beatId: string;
  source: Beat["source"];
}

export function beatOf({ _time, dated, ...row }: BeatRow): DatedBeat {
  const { session, bpm, confidence, bar, beatInBar, beatsPerBar, uncertaintyUs, beatId, source } = row;
  const beat = { beatId, atUs: microsecondsOf(_time), beatInBar, beatsPerBar, bar, bpm, confidence, source };
  return { ...beat, session, provisional: isProvisional(dated), uncertaintyUs };
}

/** RFC 3339 with up to nine digits of a second. */
export function microsecondsOf(time: string): number {
  const [, whole = "", fraction = ""] = /^([^.Z]+)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return Date.parse(`${whole}Z`) * 1000 + Number(fraction.slice(0, 6).padEnd(6, "0"));
}

/** Epoch microseconds as Flux wants a time. */
export const fluxTimeOf = (atUs: number): string =>
  `${new Date(Math.floor(atUs / 1e6) * 1000).toISOString().slice(0, 19)}.${String(((atUs % 1e6) + 1e6) % 1e6).padStart(6, "0")}Z`;
