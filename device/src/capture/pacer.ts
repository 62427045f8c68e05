/** Holds a stream back to the pace of a sound card: a block is there when its last sample would have been captured. */
import type { Clock } from "@tactus/shared";

export interface PacerOptions {
  clock: Clock;
  sampleRateHz: number;
}

/** Time that begins with the first block; stop() lets whoever waits go on at once. */
export class Pacer {
  private startedAt: number | undefined;
  private wake = () => {};
  private stopped = false;

  constructor(private readonly options: PacerOptions) {}

  /** Monotonic seconds at which sample `index` of the stream was captured. */
  timeOf(index: number): number {
    this.startedAt ??= this.options.clock.monotonic();
    return this.startedAt + index / this.options.sampleRateHz;
  }

  /**
   * Resolves when the samples before `endIndex` have been captured. Returns how long ago that was when it was asked
   * for, seconds; 0 when there was time left.
   */
  async until(endIndex: number): Promise<number> {
    const early = this.timeOf(endIndex) - this.options.clock.monotonic();
    if (early > 0 && !this.stopped) await this.sleep(early * 1000);
    return Math.max(0, -early);
  }

  /** Let the stream begin `seconds` later than it did (or earlier, when negative). */
  shift(seconds: number): void {
    this.startedAt = this.timeOf(0) + seconds;
  }

  stop(): void {
    this.stopped = true;
    this.wake();
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
