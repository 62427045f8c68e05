/** A beat of the room and where the Link session stands at it, into what the session should be told. */
import type { BeatCue } from "../output.js";

export type LeadCommand =
  | { kind: "bpm"; bpm: number }
  /** Put beat `beat` of the bar at the cue's `fireAt`. Forced, every peer jumps. */
  | { kind: "place"; beat: number; force: boolean };

export interface LeadOptions {
  /** False: with others in the session it is theirs; we only listen. */
  followRoom: boolean;
  /** How a session that others are in is taken over. */
  join: "gentle" | "force";
  /** Cues less sure than this change nothing, [0, 1]. */
  minConfidence: number;
  /** How much faster or slower than the room the session may run to catch up, percent. */
  maxSteerPercent: number;
}

export interface SessionBeat {
  cue: BeatCue;
  /** Place of the session in its bar at the cue's `fireAt`, beats, [0, quantum). */
  phase: number;
  quantum: number;
  /** Tempo of the session. */
  bpm: number;
  /** Others in the session. */
  peers: number;
}

/** Where the lead stands, in words for a person. */
export type LeadState = "waiting" | "leading" | "guest" | "given up";

/** Closer than this a session is left in peace, seconds: it is what a good tracker's beats wander. */
const DEAD_BAND_S = 0.002;
/** Farther than this, for two beats running, it is placed anew where that is allowed. */
const JUMP_S = 0.06;
/** Beats in which an error is steered away. */
const STEER_BEATS = 8;
/** Weight of a new tempo in the tempo we hold. */
const TEMPO_WEIGHT = 0.3;
/** Another song, or half and double: not to be reached by steering. */
const NEW_TEMPO_RATIO = 0.04;
/** A gentle guest leads only a session that already has the room's tempo, for so many beats. */
const AGREE_RATIO = 0.04;
const AGREE_BEATS = 8;
/** Steered so long without coming nearer, or the room's tempo went along by so much: a peer plays the very music that is heard. */
const GIVE_UP_BEATS = 64;
const FLEE_RATIO = 0.02;
/** Tempo changes below this are not sent while the phase fits. */
const CALM_BPM = 0.03;

/** What was so when steering began. */
interface Steering {
  error: number;
  roomBpm: number;
  sessionBpm: number;
  beats: number;
}

/** Centred remainder, [-size/2, size/2). */
const centred = (value: number, size: number) => value - size * Math.floor(value / size + 0.5);

/**
 * Decides once per cue. Alone in the session, or with `join: force`, the first sure beat sets tempo and bar at once; after that
 * the phase is steered by small changes of tempo, and only an error beyond 60 ms or a bar that stays wrong is placed anew.
 * With `join: gentle` and peers, nothing is set: a session within 4 % of the room's tempo is steered after 8 beats of agreement,
 * any other is left alone, and so is one that leaves the room's tempo again.
 */
export class SessionLead {
  readonly #options: LeadOptions;
  #bpm = 0;
  #peers = 0;
  #state: LeadState = "waiting";
  #agreed = 0;
  #farBeats = 0;
  #barMisses = 0;
  #steering: Steering | undefined;

  constructor(options: LeadOptions) {
    this.#options = options;
  }

  get state(): LeadState {
    return this.#state;
  }

  /** The next cue begins a new piece, or a new session. */
  reset(): void {
    this.#state = "waiting";
    this.#agreed = this.#farBeats = this.#barMisses = 0;
    this.#steering = undefined;
    this.#bpm = 0;
  }

  /** At most two commands, tempo first. None when the session is as it should be. */
  onBeat(beat: SessionBeat): LeadCommand[] {
    const { cue, peers } = beat;
    if (peers !== this.#peers) this.#peersChanged(peers);
    if (cue.source === "free-running" || cue.confidence < this.#options.minConfidence || cue.bpm <= 0) return [];
    if (peers > 0 && !this.#options.followRoom) return this.#asGuest();
    if (this.#bpm > 0 && Math.abs(cue.bpm / this.#bpm - 1) > NEW_TEMPO_RATIO) this.reset();
    this.#bpm = this.#bpm === 0 ? cue.bpm : this.#bpm + TEMPO_WEIGHT * (cue.bpm - this.#bpm);
    if (this.#state === "given up") return [];
    if (this.#state !== "leading") return this.#begin(beat);
    return this.#keep(beat);
  }

  #peersChanged(peers: number): void {
    // The first peer that comes joins the session we lead; one that was there before us has its own.
    if (this.#state === "given up" || this.#state === "guest" || peers === 0) this.reset();
    this.#peers = peers;
  }

  #asGuest(): LeadCommand[] {
    this.#state = "guest";
    return [];
  }

  #mayJump(peers: number): boolean {
    return peers === 0 || this.#options.join === "force";
  }

  #begin(beat: SessionBeat): LeadCommand[] {
    if (this.#mayJump(beat.peers)) return this.#place(beat);
    const agrees = Math.abs(beat.bpm / beat.cue.bpm - 1) <= AGREE_RATIO;
    this.#agreed = agrees ? this.#agreed + 1 : 0;
    this.#state = this.#agreed >= AGREE_BEATS ? "leading" : "guest";
    return [];
  }

  #place(beat: SessionBeat): LeadCommand[] {
    const { cue, phase, quantum, peers } = beat;
    this.#state = "leading";
    this.#farBeats = this.#barMisses = 0;
    this.#steering = undefined;
    const wanted = cue.beatInBar > 0 ? cue.beatInBar - 1 : Math.round(phase) % quantum;
    return [
      { kind: "bpm", bpm: toHundredth(this.#bpm) },
      { kind: "place", beat: wanted, force: peers > 0 },
    ];
  }

  #keep(beat: SessionBeat): LeadCommand[] {
    const { cue, phase, quantum, peers } = beat;
    const inBar = cue.beatInBar > 0 ? centred(phase - (cue.beatInBar - 1), quantum) : centred(phase, 1);
    const error = centred(inBar, 1);
    const errorS = (error * 60) / cue.bpm;
    this.#barMisses = Math.abs(inBar) >= 0.5 ? this.#barMisses + 1 : 0;
    this.#farBeats = Math.abs(errorS) > JUMP_S ? this.#farBeats + 1 : 0;
    if (!this.#mayJump(peers) && Math.abs(beat.bpm / cue.bpm - 1) > AGREE_RATIO) return this.#yield();
    if (this.#mayJump(peers) && (this.#farBeats >= 2 || this.#barMisses >= 2 * quantum)) return this.#place(beat);
    if (this.#flees(beat, error, errorS)) return this.#giveUp();
    return this.#steer(errorS, error, beat);
  }

  /** Somebody else set another tempo, or a session with a tempo of its own took ours in: it is theirs. */
  #yield(): LeadCommand[] {
    this.#agreed = 0;
    return this.#asGuest();
  }

  #steer(errorS: number, error: number, { bpm: sessionBpm, peers }: SessionBeat): LeadCommand[] {
    const most = this.#options.maxSteerPercent / 100;
    const inPeace = Math.abs(errorS) < DEAD_BAND_S;
    const wanted = this.#bpm * (1 + (inPeace ? 0 : clamp(-error / STEER_BEATS, most)));
    // With others in the session its tempo glides: a step of it is heard as much as a jump of the phase.
    const bpm = toHundredth(this.#mayJump(peers) ? wanted : sessionBpm * (1 + clamp(wanted / sessionBpm - 1, most)));
    return Math.abs(bpm - sessionBpm) < (inPeace ? CALM_BPM : 0.01) ? [] : [{ kind: "bpm", bpm }];
  }

  /** True when a session with peers does not come nearer however long it is steered, or when the room's tempo follows the steering. */
  #flees({ cue, bpm, peers }: SessionBeat, error: number, errorS: number): boolean {
    const begun = this.#steering;
    if (this.#mayJump(peers) || Math.abs(errorS) < DEAD_BAND_S) {
      this.#steering = undefined;
      return false;
    }
    if (!begun || Math.abs(error) < Math.abs(begun.error) / 2) {
      this.#steering = { error, roomBpm: cue.bpm, sessionBpm: begun?.sessionBpm ?? bpm, beats: 0 };
      return false;
    }
    begun.beats += 1;
    const followed = (cue.bpm / begun.roomBpm - 1) * -Math.sign(error);
    return begun.beats >= GIVE_UP_BEATS || followed > FLEE_RATIO;
  }

  /** The session gets the tempo back that it had before it was steered. */
  #giveUp(): LeadCommand[] {
    const before = this.#steering?.sessionBpm;
    this.#state = "given up";
    return before === undefined ? [] : [{ kind: "bpm", bpm: toHundredth(before) }];
  }
}

const clamp = (value: number, most: number) => Math.min(most, Math.max(-most, value));

const toHundredth = (bpm: number) => Math.round(bpm * 100) / 100;
