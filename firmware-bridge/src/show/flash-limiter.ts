/** Frames of bytes into frames that flash at most three times a second: every cell, every fixture, and all of them together. */
import { FlashCounter } from "./flash-counter.js";
import { type LimitedUnits, limitedUnits } from "./limited-units.js";
import type { Patch } from "./patch.js";
import type { Wiring } from "./wiring.js";

/**
 * WCAG 2.3.1: a general flash is a pair of opposing changes of 10 % or more of the maximum relative luminance. A little less
 * here, for the fine bytes that are not looked at. The exemption of changes whose darker end is above 0.8 is not used: fewer
 * flashes is safer.
 */
const LUMINANCE_STEP = 0.095;
/** Red flash, working definition of WCAG 2.0 and 2.1: (R - G - B) × 320 changes by more than 20 = 0.0625. */
const RED_STEP = 0.058;
/**
 * Red flash, WCAG 2.2: to or from a saturated red, R / (R + G + B) ≥ 0.8, and more than 0.2 apart in the CIE 1976 diagram. Every
 * such change moves the share of red by at least 0.24 (from 0.8 with blue to 0.56 with green).
 */
const RED_SHARE_STEP = 0.22;
/** How long a lamp that was held takes to come up to what it should show, s. */
const CATCH_UP_S = 0.08;
/** Luminance below which input and output count as the same. */
const ALIKE = 0.004;

/** What becomes of a unit: it follows its input, is held at what it shows, or comes back from that. */
const FOLLOWS = 0;
const HELD = 1;
const RETURNS = 2;

/**
 * Works on the bytes just before they meet a desk's. Falls always pass; a rise that would be one too many is held at the dark
 * side and waits for the next onset, or comes up softly when the input stays bright. Realtime-safe: allocates nothing.
 */
export class FlashLimiter {
  readonly #units: LimitedUnits;
  readonly #luminance: FlashCounter;
  readonly #red: FlashCounter;
  readonly #redShare: FlashCounter;
  readonly #state: Uint8Array;
  /** Of a held unit: lowest and last luminance of its input. */
  readonly #lowest: Float32Array;
  readonly #last: Float32Array;
  readonly #changed: Uint8Array;
  #at = Number.NEGATIVE_INFINITY;
  #step = 0;

  constructor(patch: Patch, wiring: Wiring) {
    this.#units = limitedUnits(patch, wiring);
    const lamps = this.#units.count + this.#units.groups.length;
    this.#luminance = new FlashCounter({ lamps, threshold: LUMINANCE_STEP });
    this.#red = new FlashCounter({ lamps, threshold: RED_STEP });
    this.#redShare = new FlashCounter({ lamps, threshold: RED_SHARE_STEP });
    this.#state = new Uint8Array(lamps);
    this.#lowest = new Float32Array(lamps);
    this.#last = new Float32Array(lamps);
    this.#changed = new Uint8Array(lamps);
  }

  /** Changes `frame` in place. `at` in seconds; an earlier time than before counts as the same. */
  limit(frame: Uint8Array, at: number): void {
    const now = Math.max(this.#at, at);
    this.#step = Math.min(1, now - this.#at);
    this.#at = now;
    const units = this.#units;
    units.openShutters(frame);
    for (let unit = 0; unit < units.count; unit++) {
      if (this.#state[unit] === FOLLOWS && units.isSent(unit, frame)) continue;
      this.#changed[unit] = 1;
      units.measure(unit, frame);
      if (this.#state[unit] !== FOLLOWS || this.#blocks(unit)) this.#restrain(unit, frame);
    }
    this.#limitGroups(frame);
    this.#commit(frame);
  }

  #blocks(lamp: number): boolean {
    const { luminance, red, redShare } = this.#units;
    return (
      this.#luminance.blocks(lamp, luminance[lamp] as number, this.#at) ||
      this.#red.blocks(lamp, red[lamp] as number, this.#at) ||
      this.#redShare.blocks(lamp, redShare[lamp] as number, this.#at)
    );
  }

  #restrain(unit: number, frame: Uint8Array): void {
    const units = this.#units;
    const input = units.luminance[unit] as number;
    const blocked = this.#blocks(unit);
    if (this.#state[unit] === FOLLOWS) {
      this.#state[unit] = HELD;
      this.#lowest[unit] = input;
    } else if (!blocked) this.#state[unit] = this.#released(unit, input);
    const lowest = this.#lowest[unit] as number;
    this.#lowest[unit] = input - lowest >= LUMINANCE_STEP ? input : Math.min(lowest, input);
    this.#last[unit] = input;
    if (this.#state[unit] === HELD) this.#hold(unit, frame);
    else if (this.#state[unit] === RETURNS) this.#return(unit, frame);
  }

  /** The state of a unit that was held and need not be. */
  #released(unit: number, input: number): number {
    const sent = this.#units.sentLuminance[unit] as number;
    const isOnset = input - (this.#lowest[unit] as number) >= LUMINANCE_STEP;
    if (isOnset || input < sent + LUMINANCE_STEP) return FOLLOWS;
    const falls = input < (this.#last[unit] as number) - ALIKE;
    return falls && this.#state[unit] === HELD ? HELD : RETURNS;
  }

  #return(unit: number, frame: Uint8Array): void {
    this.#units.approach(unit, frame, Math.min(1, this.#step / CATCH_UP_S));
    this.#units.measure(unit, frame);
    if (this.#blocks(unit)) this.#hold(unit, frame);
  }

  #hold(unit: number, frame: Uint8Array): void {
    this.#units.hold(unit, frame);
    this.#units.measure(unit, frame);
  }

  /** The fixtures of several cells, then everything together: the last group. */
  #limitGroups(frame: Uint8Array): void {
    const { groups, count } = this.#units;
    let restrained = false;
    for (let group = 0; group < groups.length; group++) {
      this.#units.measureGroup(group);
      if (this.#blocks(count + group)) restrained = this.#restrainGroup(group, frame);
    }
    if (!restrained) return;
    // What one group gave up may have moved another: then everything stays as it was sent, which is always allowed.
    for (let group = 0; group < groups.length; group++) {
      this.#units.measureGroup(group);
      if (!this.#blocks(count + group)) continue;
      this.#holdAll(frame);
      break;
    }
  }

  /** Moves the group only as far as its luminance and red may rise. */
  #restrainGroup(group: number, frame: Uint8Array): boolean {
    const units = this.#units;
    const lamp = units.count + group;
    const share = Math.min(
      shareBelow(this.#luminance.ceiling(lamp, this.#at), units.luminance[lamp], units.sentLuminance[lamp]),
      shareBelow(this.#red.ceiling(lamp, this.#at), units.red[lamp], units.sentRed[lamp]),
      shareBelow(this.#redShare.ceiling(lamp, this.#at), units.redShare[lamp], units.sentRedShare[lamp]),
    );
    const { from, to } = units.groups[group] as { from: number; to: number };
    for (let unit = from; unit < to; unit++) {
      if (units.isSent(unit, frame)) continue;
      units.approach(unit, frame, share);
      units.measure(unit, frame);
      if (this.#blocks(unit)) this.#hold(unit, frame);
    }
    units.measureGroup(group);
    if (this.#blocks(lamp)) for (let unit = from; unit < to; unit++) this.#hold(unit, frame);
    return true;
  }

  #holdAll(frame: Uint8Array): void {
    for (let unit = 0; unit < this.#units.count; unit++) this.#hold(unit, frame);
    for (let group = 0; group < this.#units.groups.length; group++) this.#units.measureGroup(group);
  }

  #commit(frame: Uint8Array): void {
    const units = this.#units;
    const { luminance, red, redShare, count } = units;
    const lamps = this.#changed.length;
    for (let lamp = 0; lamp < lamps; lamp++) {
      if (lamp < count && this.#changed[lamp] === 0) continue;
      this.#changed[lamp] = 0;
      this.#luminance.commit(lamp, luminance[lamp] as number, this.#at);
      this.#red.commit(lamp, red[lamp] as number, this.#at);
      this.#redShare.commit(lamp, redShare[lamp] as number, this.#at);
    }
    units.sent(frame);
  }
}

/** How far from `sent` towards `wanted` one may go and stay below `ceiling`, [0, 1]. */
function shareBelow(ceiling: number, wanted = 0, sent = 0): number {
  if (wanted < ceiling) return 1;
  return Math.max(0, (0.97 * (ceiling - sent)) / (wanted - sent));
}
