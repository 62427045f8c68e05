/** Beats, poses and modes into OSC messages. */
import type { BeatCue, BeatPose, Output, OutputContext, OutputHealth, OutputMode } from "../output.js";
import type { OscConfig, OscWhen } from "./osc-config.js";
import type { OscReceivers } from "./osc-receivers.js";
import { encodeOsc, type ScriptedMessage } from "./osc-script.js";
import { isBeating, restValues, valuesOfCue, valuesOfPose } from "./osc-values.js";
import { EpochOffset, timeTagOf } from "./time-tag.js";

/** Confidence must differ by this to be told again. */
const CONFIDENCE_STEP = 0.05;

export interface OscOutputOptions {
  config: Pick<
    OscConfig,
    "phraseBars" | "releaseMs" | "rateHz" | "tempoStepBpm" | "repeatS" | "timeTags" | "timeTagLeadMs"
  >;
  script: readonly ScriptedMessage[];
  receivers: OscReceivers;
  context: Pick<OutputContext, "now">;
}

/** A value that is told when it moved, and again after a while. */
interface Told {
  value: number;
  at: number;
}

/**
 * Following and free-running: everything. Fading: ramps go on, `level` falls. Holding: nothing, the receiver keeps its look.
 * Idle, blackout, released: the ramps are sent once more as zeros, then nothing. A pressed button is always released.
 */
export class OscOutput implements Output {
  readonly frameRateHz: number;
  readonly leadS: number;
  readonly #options: OscOutputOptions;
  readonly #offset = new EpochOffset();
  readonly #releases = new Map<ScriptedMessage, { timer: NodeJS.Timeout; send(): void }>();
  #values = restValues("following");
  #tempo: Told = { value: 0, at: 0 };
  #confidence: Told = { value: 0, at: 0 };

  constructor(options: OscOutputOptions) {
    const { config, script } = options;
    this.#options = options;
    this.frameRateHz = script.some(({ when }) => when === "frame") ? config.rateHz : 0;
    this.leadS = config.timeTags ? config.timeTagLeadMs / 1000 : 0;
  }

  async start(): Promise<void> {
    this.#values = restValues("following");
    await this.#options.receivers.start();
  }

  async stop(): Promise<void> {
    for (const { timer, send } of this.#releases.values()) {
      clearTimeout(timer);
      send();
    }
    this.#releases.clear();
    this.#rest("released");
    await this.#options.receivers.stop();
  }

  beat(cue: BeatCue): void {
    if (this.#values.mode === "blackout" || this.#values.mode === "released") return;
    const { phraseBars } = this.#options.config;
    this.#values = valuesOfCue(this.#values, cue, phraseBars);
    this.#tellChanges();
    this.#oneShots("beat", cue);
    if (cue.beatInBar !== 1) return;
    this.#oneShots("bar", cue);
    if (cue.bar % phraseBars === 0) this.#oneShots("phrase", cue);
  }

  frame(pose: BeatPose): void {
    if (!isBeating(pose.mode) && pose.mode !== "fading") return;
    this.#values = valuesOfPose(this.#values, pose, this.#options.config.phraseBars);
    this.#tellChanges();
    this.#sendAll("frame");
  }

  mode(mode: OutputMode): void {
    if (mode === "idle" || mode === "blackout" || mode === "released") {
      this.#rest(mode);
    } else {
      this.#values = { ...this.#values, mode, active: isBeating(mode) ? 1 : 0 };
      this.#sendAll("mode");
    }
  }

  health(): OutputHealth {
    return this.#options.receivers.health();
  }

  /** Every ramp to zero, so that no parameter of the receiver stays where the music left it. */
  #rest(mode: OutputMode): void {
    const wasAtRest = this.#values.active === 0 && this.#values.level === 0;
    const { beat, count, beatsPerBar } = this.#values;
    this.#values = { ...restValues(mode), beat, count, beatsPerBar };
    this.#sendAll("mode");
    if (!wasAtRest) this.#sendAll("frame");
  }

  #sendAll(when: OscWhen): void {
    for (const message of this.#options.script) {
      if (message.when === when) this.#options.receivers.send(encodeOsc(message, this.#values));
    }
  }

  #tellChanges(): void {
    const { bpm, confidence } = this.#values;
    const { tempoStepBpm } = this.#options.config;
    if (bpm > 0 && this.#isNews(this.#tempo, bpm, tempoStepBpm)) this.#sendAll("tempo");
    if (this.#isNews(this.#confidence, confidence, CONFIDENCE_STEP)) this.#sendAll("confidence");
  }

  /** Notes the value when it is to be told. */
  #isNews(told: Told, value: number, step: number): boolean {
    const now = this.#options.context.now();
    const { repeatS } = this.#options.config;
    const isDue = repeatS > 0 && now - told.at >= repeatS;
    // A hair below the step: 120.1 - 120 is not quite 0.1.
    if (!isDue && Math.abs(value - told.value) < step - 1e-9) return false;
    told.value = value;
    told.at = now;
    return true;
  }

  #oneShots(when: "beat" | "bar" | "phrase", cue: BeatCue): void {
    for (const message of this.#options.script) {
      if (message.when !== when) continue;
      this.#releaseNow(message);
      this.#options.receivers.send(encodeOsc(message, this.#values, this.#tagFor(cue.fireAt)));
      if (message.release) this.#releaseLater({ ...message, args: message.release }, message, cue);
    }
  }

  /** A button still down from the beat before goes up first. */
  #releaseNow(message: ScriptedMessage): void {
    const pending = this.#releases.get(message);
    if (!pending) return;
    clearTimeout(pending.timer);
    this.#releases.delete(message);
    pending.send();
  }

  #releaseLater(release: ScriptedMessage, message: ScriptedMessage, cue: BeatCue): void {
    const halfBeatMs = cue.bpm > 0 ? 30_000 / cue.bpm : 250;
    const delayMs = Math.min(this.#options.config.releaseMs, halfBeatMs);
    const values = this.#values;
    const dueAt = cue.fireAt + delayMs / 1000;
    const send = () => this.#options.receivers.send(encodeOsc(release, values, this.#tagFor(dueAt)));
    const waitMs = Math.max(0, (dueAt - this.leadS - this.#options.context.now()) * 1000);
    const timer = setTimeout(() => {
      this.#releases.delete(message);
      send();
    }, waitMs);
    this.#releases.set(message, { timer, send });
  }

  #tagFor(at: number): [number, number] | undefined {
    if (!this.#options.config.timeTags) return undefined;
    const offset = this.#offset.observe({ epochMs: Date.now(), monotonicS: this.#options.context.now() });
    return timeTagOf(at + offset);
  }
}
