/** What a simulated room has played into telemetry and health, drawn from the quality of the model that hears it. Pure. */
import type { HealthWindow, TelemetryMessage } from "@tactus/shared";
import type { ModelQuality } from "./model-quality.js";
import type { Random } from "./random.js";

const HEALTH_EVERY = 6;

export interface HealthFacts {
  session: string;
  /** "name version". */
  model: string;
  quality: ModelQuality;
  /** By the box's own clock. */
  sentAtUs: number;
  uptimeS: number;
  crashes: number;
}

export class SimulatedHealth {
  readonly #random: Random;
  #messages = 0;
  #musicS = 0;
  #beats = 0;
  #seconds = 0;
  #model = "";

  constructor(random: Random) {
    this.#random = random;
  }

  /** So many beats fell in so many seconds, of which so many had music. */
  note({ beats, seconds, musicS }: { beats: number; seconds: number; musicS: number }): void {
    this.#beats += beats;
    this.#seconds += seconds;
    this.#musicS += musicS;
  }

  /** Every ten seconds. */
  take(facts: HealthFacts): TelemetryMessage {
    const { session, sentAtUs, uptimeS, crashes, model, quality } = facts;
    if (model !== this.#model) this.#begin(model);
    const isMinute = ++this.#messages % HEALTH_EVERY === 0;
    const hop = stage(quality.hopP99Ms, this.#random);
    return {
      v: 1,
      session,
      sentAtUs,
      uptimeS,
      cpu: 0.04,
      residentMb: 130,
      hops: Math.round(uptimeS * 50),
      lateHops: 0,
      xruns: 0,
      latency: {
        capture: stage(12, this.#random),
        frontend: stage(0.4, this.#random),
        model: stage(quality.hopP99Ms * 0.6, this.#random),
        decoder: stage(quality.hopP99Ms * 0.2, this.#random),
        hop,
      },
      crashes,
      temperatureC: Math.round(this.#random.between(42, 60) * 10) / 10,
      diskFreeMb: 12_000,
      ...(isMinute ? { health: this.#window(model, quality) } : {}),
    };
  }

  /** A window is of one model. */
  #begin(model: string): void {
    this.#model = model;
    this.#messages = 0;
    this.#musicS = this.#beats = this.#seconds = 0;
  }

  #window(model: string, quality: ModelQuality): HealthWindow {
    const random = this.#random;
    const hours = this.#musicS / 3600;
    const relocks = random.count(quality.relocksPerHour * hours);
    let relockS = 0;
    for (let k = 0; k < relocks; k++) relockS += -Math.log(1 - random.next()) * quality.relockS;
    relockS = Math.min(relockS, this.#musicS);
    const spread = Math.max(0, 1 + 0.15 * random.normal());
    const window: HealthWindow = {
      model,
      seconds: round(this.#seconds),
      musicS: round(this.#musicS),
      lockedS: round(Math.max(0, this.#musicS - relockS)),
      beats: this.#beats,
      periodChange: round(this.#beats * quality.instability * spread),
      octaveFlips: random.count(quality.octaveFlipsPerHour * hours),
      relocks,
      relockS: round(relockS),
      confidence: round(this.#beats * Math.min(1, quality.confidence * (1 + 0.03 * random.normal()))),
      corrections: random.count(quality.correctionsPerHour * hours),
    };
    this.#musicS = this.#beats = this.#seconds = 0;
    return window;
  }
}

function stage(p99: number, random: Random): { p50: number; p99: number; max: number } {
  const drawn = p99 * random.between(0.9, 1.1);
  return { p50: round(drawn * 0.5), p99: round(drawn), max: round(drawn * random.between(1, 2)) };
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
