/** The contract of every lighting output: what the scheduler hands over, and when. */

/**
 * What an output should be doing. Each output has its own, decided from the beats by its policy:
 * - `following`: beats are announced and sure enough; show them.
 * - `free-running`: beats stopped or became unsure; the beat clock runs on at the last tempo for a few bars.
 * - `holding`: no beats, the last look stays; no new cue comes.
 * - `fading`: on the way to `idle`; `BeatPose.level` falls from 1 to 0.
 * - `idle`: no music: the quiet look (continuous outputs keep sending it, `level` 0).
 * - `released`: control is handed back: the output ends its streams so that a desk or the receiver's own effect takes over.
 * - `blackout`: dark now, whatever the beat does.
 */
export type OutputMode = "following" | "free-running" | "holding" | "fading" | "idle" | "released" | "blackout";

/** Loudness by band, [0, 1]. */
export interface Energy {
  low: number;
  mid: number;
  high: number;
}

/** One beat, handed over exactly once per output. Times are seconds of the bridge's monotonic clock. */
export interface BeatCue {
  /** The announcement's `beatId`, or `free-<n>` while free-running. */
  beatId: string;
  /** When the beat is heard in the room. */
  dueAt: number;
  /** When the output's effect should leave this machine: `dueAt` minus the output's latency. */
  fireAt: number;
  /** 1 = downbeat, 0 = unknown. */
  beatInBar: number;
  beatsPerBar: number;
  bar: number;
  bpm: number;
  /** [0, 1] */
  confidence: number;
  energy: Energy;
  source: "announced" | "free-running" | "metronome";
}

/** Where the music is at one instant, for outputs that send continuously. */
export interface BeatPose {
  /** The instant this pose describes, monotonic seconds: when its bytes leave plus the output's latency. */
  at: number;
  /** Beats since the bridge began to follow; whole at each beat, never falls. */
  beatPosition: number;
  /** [0, 1) */
  beatPhase: number;
  /** [0, beatsPerBar); from 0 at the downbeat. */
  barPhase: number;
  beatsPerBar: number;
  bar: number;
  /** 0 when nothing is known. */
  bpm: number;
  confidence: number;
  energy: Energy;
  mode: OutputMode;
  /** 1 = full, 0 = faded out; multiplies what the output shows. */
  level: number;
}

/** What can be said about the far end: topic `output/<name>/state`. */
export interface OutputHealth {
  /** `unknown` where the protocol has no way back. */
  receiving: "receiving" | "not-receiving" | "unknown";
  /** Who answers or what is attached, in words; empty when nothing is known. */
  peer: string;
  /** Packets, messages or frames that left. */
  sent: number;
  /** Sends that failed. */
  errors: number;
  /** The last failure and its remedy; empty when there was none. */
  lastError: string;
}

/**
 * One destination. Constructors only store; `start` opens, `stop` undoes it and hands back control in the protocol's own way
 * (stream terminated, transport stopped, connection closed). `beat`, `frame` and `mode` never throw and never wait: what fails
 * is counted in `health`.
 */
export interface Output {
  /** Times a second at which `frame` is wanted; 0 = beats only. */
  readonly frameRateHz: number;
  /** Seconds before `fireAt` at which `beat` is wanted; 0 = at that instant. For protocols that carry time. */
  readonly leadS: number;
  /** Throws UnavailableError naming what is missing and the remedy. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Once per beat, at `fireAt - leadS`. */
  beat(cue: BeatCue): void;
  /** `frameRateHz` times a second, and also at every beat's `fireAt`, so that a change lands on the beat. */
  frame(pose: BeatPose): void;
  /** When the mode changed, before the next `beat` or `frame`. Not called for `level`. */
  mode(mode: OutputMode): void;
  health(): OutputHealth;
}

/** What every output is given beside its own configuration. */
export interface OutputContext {
  name: string;
  /** Monotonic seconds, the clock of `fireAt`. */
  now(): number;
  log: { info(text: string): void; warn(text: string): void };
  /** Where an output may keep what must survive a restart (a CID, sequence numbers). The folder exists. */
  stateDir: string;
  /** Universes as the show engine (or a simple beat-to-channels map) renders them. */
  dmx: DmxSource;
}

/** Rendered universes. One render serves all outputs of the same instant. */
export interface DmxSource {
  /** Universes that hold patched channels, ascending, numbered from 1. */
  readonly universes: readonly number[];
  /** Bring all universes to the pose. Cheap when asked again for the same `at`. */
  render(pose: BeatPose): void;
  beat(cue: BeatCue): void;
  /** 512 values of one universe as last rendered; valid until the next render. Zeros for an unpatched one. */
  channels(universe: number): Uint8Array;
}
