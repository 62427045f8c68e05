/** A request to be watched into levels ten times a second and each beat before it falls, until nobody looks any more. */
import type { BeatPrediction, LevelsMessage } from "@tactus/shared";
import type { Random } from "./random.js";
import { announcementOf, levelsOf, type RoomMoment } from "./room-messages.js";

/** As a real box: a beat is announced so long before it falls, microseconds. */
const LEAD_US = 200_000;
const INTERVAL_MS = 100;

export interface LiveFeedParts {
  random: Random;
  moment(): RoomMoment;
  /** Name of the room's next beat; undefined = it is not announced. */
  nextBeatId(): string | undefined;
  say(leaf: "beat" | "levels", message: BeatPrediction | LevelsMessage): void;
}

export class LiveFeed {
  readonly #parts: LiveFeedParts;
  #untilS = 0;
  #timer: NodeJS.Timeout | undefined;
  #announced = "";

  constructor(parts: LiveFeedParts) {
    this.#parts = parts;
  }

  get isOn(): boolean {
    return this.#timer !== undefined;
  }

  watch(forS: number): void {
    this.#untilS = Math.max(this.#untilS, performance.now() / 1000 + forS);
    if (!this.#timer) this.#say();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#untilS = 0;
  }

  #say(): void {
    this.#timer = undefined;
    if (performance.now() / 1000 >= this.#untilS) return;
    this.#timer = setTimeout(() => this.#say(), INTERVAL_MS);
    const { moment, nextBeatId, say, random } = this.#parts;
    const now = moment();
    say("levels", levelsOf(now, random));
    const beatId = nextBeatId();
    const due = now.room.nextUs + now.errorUs - now.nowUs;
    if (due > LEAD_US || due < 0 || beatId === undefined || beatId === this.#announced) return;
    this.#announced = beatId;
    say("beat", announcementOf(now, beatId));
  }
}
