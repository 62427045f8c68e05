/** Schedules and the time into calls of the outputs: cues at their instants, frames at their rate and on every beat. */
import type { Energy, Output } from "../outputs/output.js";
import type { OutputSchedule } from "../scheduler/output-schedule.js";
import { FiringJitter } from "./firing-jitter.js";
import { PreciseTimer, type Wake } from "./precise-timer.js";

/** A regular frame this near before a beat waits for it: the beat's own frame comes then, seconds. */
const BEAT_IS_NEAR_S = 0.005;
/** Without anything else to do. */
const IDLE_S = 0.1;

/** One output with what it is due. */
export interface Fired {
  readonly output: Output;
  readonly schedule: OutputSchedule;
}

class Lane {
  readonly jitter = new FiringJitter();
  /** When the next regular frame is due, monotonic seconds. */
  frameAt = Number.POSITIVE_INFINITY;
  /** Instants of cues handed over ahead of time, whose frames are still to come. */
  beatFramesAt: number[] = [];

  constructor(readonly fired: Fired) {
    if (fired.output.frameRateHz > 0) this.frameAt = 0;
  }

  nextBeatAt(): number {
    return Math.min(this.fired.schedule.nextCueAt(), this.beatFramesAt[0] ?? Number.POSITIVE_INFINITY);
  }
}

export interface FiringLoopOptions {
  /** Monotonic seconds. */
  now: () => number;
  /** Before anything is fired in a turn: bring the schedules' modes up to date. */
  onTurn: (now: number) => void;
  /** Loudness by band at that instant; undefined = as at the last beat. */
  energyAt: (now: number) => Energy | undefined;
}

export class FiringLoop {
  readonly #options: FiringLoopOptions;
  readonly #timer: PreciseTimer;
  readonly #lanes = new Map<Fired, Lane>();
  #running = false;

  constructor(options: FiringLoopOptions) {
    this.#options = options;
    this.#timer = new PreciseTimer(options.now);
  }

  start(): void {
    this.#running = true;
    this.#turn();
  }

  stop(): void {
    this.#running = false;
    this.#timer.clear();
  }

  add(fired: Fired): void {
    this.#lanes.set(fired, new Lane(fired));
    this.poke();
  }

  remove(fired: Fired): void {
    this.#lanes.delete(fired);
  }

  jitter(fired: Fired): FiringJitter | undefined {
    return this.#lanes.get(fired)?.jitter;
  }

  /** What is due may have changed. */
  poke(): void {
    if (this.#running) this.#timer.set(this.#next(), () => this.#turn());
  }

  #turn(): void {
    if (!this.#running) return;
    const { now, onTurn } = this.#options;
    // Beats first, on all outputs, and the cheap ones among them first; then their frames; then the regular ones.
    for (const lane of this.#lanes.values()) this.#beat(lane, now());
    for (const lane of this.#lanes.values()) this.#beatFrame(lane, now());
    this.#frames(now());
    onTurn(now());
    this.poke();
  }

  #beat(lane: Lane, now: number): void {
    const { output, schedule } = lane.fired;
    const cue = schedule.takeCue(now);
    if (!cue) return;
    output.beat(cue);
    lane.jitter.add(now - (cue.fireAt - output.leadS));
    if (output.frameRateHz > 0) lane.beatFramesAt.push(cue.fireAt);
  }

  #beatFrame(lane: Lane, now: number): void {
    const due = lane.beatFramesAt[0];
    if (due === undefined || due > now) return;
    lane.beatFramesAt = lane.beatFramesAt.filter((at) => at > now);
    this.#frame(lane, now);
  }

  #frames(now: number): void {
    for (const lane of this.#lanes.values()) {
      if (lane.frameAt <= now && this.#nextBeatAt() - now > BEAT_IS_NEAR_S) this.#frame(lane, now);
    }
  }

  #frame(lane: Lane, now: number): void {
    const { output, schedule } = lane.fired;
    const interval = 1 / output.frameRateHz;
    output.frame(schedule.pose(now, this.#options.energyAt(now)));
    const onTime = lane.frameAt + interval;
    lane.frameAt = onTime > now && onTime < now + interval ? onTime : now + interval;
  }

  #nextBeatAt(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes.values()) next = Math.min(next, lane.nextBeatAt());
    return next;
  }

  #next(): Wake {
    const beatAt = this.#nextBeatAt();
    let frameAt = this.#options.now() + IDLE_S;
    for (const lane of this.#lanes.values()) frameAt = Math.min(frameAt, lane.frameAt);
    // A frame that would come just before a beat comes with it.
    if (beatAt - frameAt <= BEAT_IS_NEAR_S) return { at: beatAt, precise: true };
    return { at: frameAt, precise: false };
  }
}
