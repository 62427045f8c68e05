/** Monotonic instants into OSC time tags (OSC 1.0: 64-bit fixed point, seconds since 1900-01-01). */

/** Seconds from 1900-01-01 to 1970-01-01 [RFC 5905, figure 4]. */
const NTP_TO_UNIX_S = 2_208_988_800;
const TWO_POW_32 = 2 ** 32;
/** A reading further away than this was made after the system clock was set. */
const STEP_S = 0.005;

/** Whole seconds since 1900, and the fraction in units of 2^-32 s. `epochS`: seconds since 1970. */
export function timeTagOf(epochS: number): [seconds: number, fraction: number] {
  const whole = Math.floor(epochS);
  const fraction = Math.round((epochS - whole) * TWO_POW_32);
  const carry = fraction === TWO_POW_32 ? 1 : 0;
  // Era 1 begins in 2036: the seconds wrap [RFC 5905, 6].
  return [(whole + NTP_TO_UNIX_S + carry) % TWO_POW_32, carry ? 0 : fraction];
}

/**
 * What must be added to monotonic seconds to get epoch seconds. The system clock is read in whole milliseconds, cut off, so the
 * largest difference seen is the nearest to the truth; a clock that was set shows as a jump and starts anew.
 */
export class EpochOffset {
  #offsetS: number | undefined;

  /** One pair of readings, made together. Returns the offset in seconds. */
  observe(reading: { epochMs: number; monotonicS: number }): number {
    const sample = reading.epochMs / 1000 - reading.monotonicS;
    const known = this.#offsetS;
    if (known === undefined || sample > known || sample < known - STEP_S) this.#offsetS = sample;
    return this.#offsetS ?? sample;
  }
}
