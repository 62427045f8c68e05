/** Feed events and the time into what one output gets: its mode, its cues, its poses. Pure. */
import type { AnnouncedBeat, GridReading } from "../feed/feed-event.js";
import type { BeatCue, BeatPose, Energy, OutputMode } from "../outputs/output.js";
import { BeatClock } from "./beat-clock.js";
import { type CueCounts, type CueMode, CueScheduler } from "./cue-scheduler.js";
import { OutputPolicy, type PolicyConfig, type RoomFacts } from "./output-policy.js";

export interface OutputScheduleOptions {
  /** Seconds, see CueScheduler. */
  latency: number;
  leadS: number;
  policy: PolicyConfig;
  source?: "announced" | "metronome";
}

export class OutputSchedule {
  readonly #cues: CueScheduler;
  readonly #clock = new BeatClock();
  readonly #policy: OutputPolicy;
  #mode: OutputMode = "idle";
  #level = 0;
  #barS = 0;

  constructor(options: OutputScheduleOptions) {
    this.#cues = new CueScheduler(options);
    this.#policy = new OutputPolicy(options.policy);
  }

  announce(beat: AnnouncedBeat): void {
    this.#cues.announce(beat);
    this.#barS = beat.period * beat.beatsPerBar;
  }

  grid(grid: GridReading): void {
    this.#cues.grid(grid);
    if (grid.running) this.#barS = grid.period * grid.beatsPerBar;
  }

  /** Several times a second, and after each change of the facts. True when the mode is another one now. */
  decide(facts: RoomFacts, now: number): boolean {
    const { mode, level } = this.#policy.step(facts, now, this.#barS);
    this.#level = level;
    if (mode === this.#mode) return false;
    this.#mode = mode;
    this.#cues.setMode(CUE_MODES[mode], now);
    return true;
  }

  /** When the next cue is to be handed over, monotonic seconds; Infinity while none is expected. */
  nextCueAt(): number {
    return this.#cues.nextAt();
  }

  /** The cue whose time has come, at most one. */
  takeCue(now: number): BeatCue | undefined {
    const cue = this.#cues.take(now);
    if (cue) this.#clock.cue(cue);
    return cue;
  }

  /** What bytes that leave at `now` should show. `energy`: fresher than that of the last beat. */
  pose(now: number, energy?: Energy): BeatPose {
    const moving = MOVING.has(this.#mode);
    const reading = this.#clock.read(now + this.#cues.latency, this.#cues.expected(), moving);
    return { ...reading, energy: energy ?? reading.energy, mode: this.#mode, level: this.#level };
  }

  get mode(): OutputMode {
    return this.#mode;
  }

  get level(): number {
    return this.#level;
  }

  get counts(): CueCounts {
    return this.#cues.counts;
  }

  /** Seconds. */
  get latency(): number {
    return this.#cues.latency;
  }

  set latency(seconds: number) {
    this.#cues.latency = seconds;
  }
}

const MOVING: ReadonlySet<OutputMode> = new Set(["following", "free-running"]);

const CUE_MODES: Record<OutputMode, CueMode> = {
  following: "announced",
  "free-running": "free-running",
  holding: "off",
  fading: "off",
  idle: "off",
  released: "off",
  blackout: "off",
};
