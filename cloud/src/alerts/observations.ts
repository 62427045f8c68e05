/** What a box says of itself into the values that rules judge. Pure. */
import type { StatusMessage, TelemetryMessage, TwinReported } from "@tactus/shared";
import type { RuleName } from "./rule-table.js";

export interface Observation {
  rule: RuleName;
  /** In the unit of the rule; undefined = not known at present. */
  value: number | undefined;
  /** Beside the value, for the alert's words. */
  note?: string;
}

/** Fading sums of one session's counters: how a rate is known without keeping a list. */
export interface CounterMemory {
  session: string;
  atUs: number;
  hops: number;
  lateHops: number;
  xruns: number;
  crashes: number | undefined;
  faded: { hops: number; lateHops: number; xruns: number; crashes: number };
}

/** Rates look back over about this long, seconds. */
const RATE_S = 120;
const CRASHES_S = 3600;
/** Less music than this in a window says nothing about the beat, seconds. */
const MIN_MUSIC_S = 10;

/** What cannot be known of a box that is away. */
const NEEDS_THE_BOX: readonly RuleName[] = [
  "no-audio",
  "silence",
  "clipping",
  "clock",
  "lost-lock",
  "xruns",
  "late-hops",
  "slow-hops",
  "hot",
  "disk",
  "crashes",
];

export function offlineObservations(): Observation[] {
  return [{ rule: "offline", value: 1 }, ...NEEDS_THE_BOX.map((rule) => ({ rule, value: undefined }))];
}

export function statusObservations({ state, capture, conditions }: StatusMessage): Observation[] {
  if (state === "offline") return offlineObservations();
  const isLost = capture === "lost" || capture === "ended";
  return [
    { rule: "offline", value: 0 },
    { rule: "no-audio", value: capture === "starting" ? undefined : Number(isLost) },
    { rule: "silence", value: isLost ? undefined : Number(conditions.includes("silence")) },
    { rule: "clipping", value: Number(conditions.includes("clipping")) },
    { rule: "clock", value: Number(conditions.includes("unsynchronised-clock")) },
  ];
}

export function telemetryObservations(
  telemetry: TelemetryMessage,
  before: CounterMemory | undefined,
  receivedAtUs: number,
): { observations: Observation[]; memory: CounterMemory } {
  const memory = remember(telemetry, before, receivedAtUs);
  const { hops, lateHops, xruns, crashes } = memory.faded;
  const observations: Observation[] = [
    { rule: "xruns", value: xruns / (RATE_S / 60) },
    { rule: "late-hops", value: hops < 1 ? 0 : Math.min(1, lateHops / hops) },
    { rule: "slow-hops", value: telemetry.latency.hop.p99 },
    { rule: "crashes", value: crashes },
  ];
  if (telemetry.temperatureC !== undefined) observations.push({ rule: "hot", value: telemetry.temperatureC });
  if (telemetry.diskFreeMb !== undefined) observations.push({ rule: "disk", value: telemetry.diskFreeMb });
  const { health } = telemetry;
  if (health) observations.push({ rule: "lost-lock", value: unlockedShare(health.musicS, health.lockedS) });
  return { observations, memory };
}

export function reportedObservations({ models }: TwinReported): Observation[] {
  const update = models?.update;
  if (!update) return [];
  const hasFailed = update.state === "failed" || update.state === "refused" || update.state === "rolled-back";
  const note = `${update.name} ${update.version} ${update.state}${update.reason === "" ? "" : `, ${update.reason}`}`;
  return [{ rule: "update-failed", value: Number(hasFailed), note }];
}

/** No music, no beat: that is as it should be. */
function unlockedShare(musicS: number, lockedS: number): number {
  return musicS < MIN_MUSIC_S ? 0 : Math.max(0, 1 - lockedS / musicS);
}

/** A new session counts from zero; the number of crashes belongs to the box and goes on. */
function remember(telemetry: TelemetryMessage, before: CounterMemory | undefined, atUs: number): CounterMemory {
  const { session, hops, lateHops, xruns, crashes } = telemetry;
  const isSame = before?.session === session;
  const known = isSame ? before : { hops: 0, lateHops: 0, xruns: 0 };
  // The first message since the cloud's start brings counts of long ago: they are where counting begins.
  const grown = (now: number, then: number) => (before === undefined ? 0 : Math.max(0, now - then));
  const passedS = before === undefined ? 0 : Math.max(0, atUs - before.atUs) / 1e6;
  const fade = Math.exp(-passedS / RATE_S);
  const old = before?.faded ?? { hops: 0, lateHops: 0, xruns: 0, crashes: 0 };
  const newCrashes = before?.crashes === undefined || crashes === undefined ? 0 : Math.max(0, crashes - before.crashes);
  return {
    session,
    atUs,
    hops,
    lateHops,
    xruns,
    crashes: crashes ?? before?.crashes,
    faded: {
      hops: old.hops * fade + grown(hops, known.hops),
      lateHops: old.lateHops * fade + grown(lateHops, known.lateHops),
      xruns: old.xruns * fade + grown(xruns, known.xruns),
      crashes: old.crashes * Math.exp(-passedS / CRASHES_S) + newCrashes,
    },
  };
}
