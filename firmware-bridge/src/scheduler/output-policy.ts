/** What is known of the music into what one output does: its mode and level, by the policy its owner chose. Pure. */
import { z } from "zod";
import type { OutputMode } from "../outputs/output.js";

const Reaction = z.strictObject({
  /** Run on by the beat clock for this many bars first; 0 = not at all. */
  freeRunBars: z.number().min(0).max(1024).default(0),
  /** And then: keep the last look; go dark slowly; or end the stream, so that a desk or the receiver's own effect takes over. */
  end: z.enum(["hold", "fade", "release"]).default("fade"),
  /** How long a fade takes, milliseconds. */
  fadeMs: z.number().min(0).max(600_000).default(1500),
});
export type Reaction = z.infer<typeof Reaction>;

export const PolicyConfig = z.strictObject({
  /** Follow again when the beats' confidence is at least this, [0, 1]. */
  followFrom: z.number().min(0).max(1).default(0.4),
  /** Stop following when it is below this, [0, 1]; at most `followFrom`. */
  followUntil: z.number().min(0).max(1).default(0.2),
  /** Music is heard, but where the beats are is not sure. */
  whenUncertain: Reaction.prefault({ freeRunBars: 8, end: "hold" }),
  /** No music. */
  whenSilent: Reaction.prefault({ freeRunBars: 0, end: "fade" }),
  /** Nothing is heard of the box any more: network, power. */
  whenGone: Reaction.prefault({ freeRunBars: 16, end: "fade", fadeMs: 4000 }),
});
export type PolicyConfig = z.infer<typeof PolicyConfig>;

/** Facts about the room, the same for all outputs. Times are monotonic seconds. */
export interface RoomFacts {
  /** Anything was heard of the device since the start. */
  known: boolean;
  online: boolean;
  music: boolean;
  running: boolean;
  /** The operator's hand or a map decides. */
  sure: boolean;
  confidence: number;
  /** The newest instant for which the device vouched. */
  validUntil: number;
  blackout: boolean;
}

type Situation = "sure" | "uncertain" | "silent" | "gone";

export interface PolicyState {
  mode: OutputMode;
  level: number;
}

export class OutputPolicy {
  readonly #config: PolicyConfig;
  #confident = false;
  #situation: Situation = "gone";
  /** Since when it is not sure. */
  #unsureSince = Number.NEGATIVE_INFINITY;
  #freeUntil = Number.NEGATIVE_INFINITY;
  /** When the fade began. */
  #endedAt: number | undefined;
  /** Falls only, until beats are sure. */
  #level = 1;
  /** Control was handed back, and is not taken again before beats are sure. */
  #hasReleased = false;
  #hadBeats = false;

  constructor(config: PolicyConfig) {
    this.#config = config;
  }

  /** Several times a second, `now` never falling. `barS`: seconds per bar, 0 while the tempo is unknown. */
  step(facts: RoomFacts, now: number, barS: number): PolicyState {
    const situation = this.#judge(facts, now);
    if (situation === "sure") {
      this.#hadBeats = true;
      this.#situation = "sure";
      this.#endedAt = undefined;
      this.#level = 1;
      this.#hasReleased = false;
    } else if (situation !== this.#situation) this.#enter(situation, now, barS);
    const state = this.#stateAt(now);
    return facts.blackout ? { mode: "blackout", level: 0 } : state;
  }

  #judge(facts: RoomFacts, now: number): Situation {
    if (!facts.known || !facts.online || now > facts.validUntil) return "gone";
    if (!facts.running) return facts.music ? "uncertain" : "silent";
    const { followFrom, followUntil } = this.#config;
    this.#confident = facts.sure || facts.confidence >= (this.#confident ? followUntil : followFrom);
    return this.#confident ? "sure" : "uncertain";
  }

  /** The bars of free running are counted from the last sure beat, whatever becomes of the situation meanwhile. */
  #enter(situation: Situation, now: number, barS: number): void {
    if (this.#situation === "sure") {
      this.#unsureSince = now;
      this.#freeUntil = Number.POSITIVE_INFINITY;
    }
    this.#situation = situation;
    const until = barS > 0 ? this.#unsureSince + this.#reaction().freeRunBars * barS : Number.NEGATIVE_INFINITY;
    this.#freeUntil = Math.min(this.#freeUntil, until); // what has come to rest does not start again by itself
  }

  #reaction(): Reaction {
    const { whenUncertain, whenSilent, whenGone } = this.#config;
    if (this.#situation === "silent") return whenSilent;
    return this.#situation === "gone" ? whenGone : whenUncertain;
  }

  #stateAt(now: number): PolicyState {
    if (this.#situation === "sure") return { mode: "following", level: 1 };
    if (!this.#hadBeats) return { mode: "idle", level: 0 };
    if (now < this.#freeUntil) return { mode: "free-running", level: 1 };
    const { end, fadeMs } = this.#reaction();
    this.#hasReleased ||= end === "release";
    if (this.#hasReleased) return { mode: "released", level: 0 };
    if (end === "hold" && this.#endedAt === undefined) return { mode: "holding", level: 1 };
    this.#endedAt ??= now;
    const left = fadeMs > 0 ? Math.max(0, 1 - (now - this.#endedAt) / (fadeMs / 1000)) : 0;
    this.#level = Math.min(this.#level, left); // a slower fade of another situation does not bring light back
    return this.#level > 0 ? { mode: "fading", level: this.#level } : { mode: "idle", level: 0 };
  }
}
