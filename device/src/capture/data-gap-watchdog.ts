/** Tells when data that should come all the time has stopped coming: some sound libraries die without a word. */

export interface WatchdogOptions {
  /** Longest silence of the stream that is still normal, milliseconds. */
  timeoutMs: number;
  onGap: () => void;
}

/** Checks four times per timeout; start() and stop() can be called again and again. */
export class DataGapWatchdog {
  private timer: NodeJS.Timeout | undefined;
  private fedAt = 0;
  private checkedAt = 0;

  constructor(private readonly options: WatchdogOptions) {}

  start(): void {
    this.stop();
    this.fedAt = this.checkedAt = performance.now();
    this.timer = setInterval(() => this.check(), this.options.timeoutMs / 4);
  }

  /** Data came. Realtime-safe. */
  feed(): void {
    this.fedAt = performance.now();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private check(): void {
    const now = performance.now();
    const blocked = now - this.checkedAt > this.options.timeoutMs;
    this.checkedAt = now;
    // When this very process stood still, data waits unread in the pipe: look again next time.
    if (blocked || now - this.fedAt < this.options.timeoutMs) return;
    // Timers run before I/O in a turn of the event loop; what has arrived is read before this.
    setImmediate(() => {
      if (!this.timer || performance.now() - this.fedAt < this.options.timeoutMs) return;
      this.stop();
      this.options.onGap();
    });
  }
}
