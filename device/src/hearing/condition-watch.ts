/** What the signal and the stream suffer from now, into the conditions that `status` tells. Pure. */
import type { StatusMessage } from "@tactus/shared";

export type Condition = StatusMessage["conditions"][number];

/** Samples of one format into what a person can put right. */
export interface SignalWatch {
  /** Interleaved samples. Realtime-safe. */
  push(block: { samples: Float32Array }): void;
  report(): { conditions: Condition[] };
}

/** A gap is told for this long: seconds. */
const XRUN_REMEMBERED_S = 10;

export class ConditionWatch {
  #signal: SignalWatch | undefined;
  #xrunAt = Number.NEGATIVE_INFINITY;

  /** The stream begins, or goes on in another format. */
  watch(signal: SignalWatch): void {
    this.#signal = signal;
  }

  /** Realtime-safe. */
  block(block: { samples: Float32Array }): void {
    this.#signal?.push(block);
  }

  /** Sound was lost. `now`: monotonic seconds. */
  xrun(now: number): void {
    this.#xrunAt = now;
  }

  present(now: number): Condition[] {
    const signal = this.#signal?.report().conditions ?? [];
    return now - this.#xrunAt <= XRUN_REMEMBERED_S ? [...signal, "xrun"] : signal;
  }
}
