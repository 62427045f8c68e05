/** A live input that comes back by itself: watches its data, says when it is lost, and opens it again. */
import { type Clock, systemClock, UnavailableError } from "@tactus/shared";
import type { AudioSource, SampleBlock, SourceEvent } from "./audio-source.js";
import { BlockFeed, type StreamPosition } from "./block-feed.js";
import type { CaptureBackend, CaptureRun } from "./capture-run.js";
import { DataGapWatchdog } from "./data-gap-watchdog.js";

export interface ReopeningOptions {
  backend: CaptureBackend;
  clock?: Clock;
  /** Added to every capture time, milliseconds; see CaptureClock. Default 0. */
  captureOffsetMs?: number;
  /** No data for this long means that the device is gone, milliseconds. Default 1200. */
  gapTimeoutMs?: number;
  /** A device opens and delivers within this time or has failed, milliseconds. Default 8000. */
  openTimeoutMs?: number;
  /** Waits between attempts to open, milliseconds; the last one repeats. Default 250, 500, 1000, 2000, 3000. */
  backoffMs?: readonly number[];
  /** How far the receiver may fall behind before samples are dropped, seconds. Default 4. */
  ringSeconds?: number;
}

type OnBlock = (block: SampleBlock) => void | Promise<void>;
type OnEvent = (event: SourceEvent) => void;

const DEFAULTS: Required<Omit<ReopeningOptions, "backend">> = {
  clock: systemClock,
  captureOffsetMs: 0,
  gapTimeoutMs: 1200,
  openTimeoutMs: 8000,
  backoffMs: [250, 500, 1000, 2000, 3000],
  ringSeconds: 4,
};

export class ReopeningSource implements AudioSource {
  readonly description: string;
  private readonly options: Required<ReopeningOptions>;
  private readonly watchdog: DataGapWatchdog;
  private readonly position: StreamPosition = { endsAt: undefined };
  private receiver: { onBlock: OnBlock; onEvent: OnEvent } | undefined;
  private open: { run: CaptureRun; feed: BlockFeed } | undefined;
  /** Being opened, and not yet known to work. */
  private attempted: CaptureRun | undefined;
  private recovering: Promise<void> | undefined;
  private readonly stopping = { requested: false, wake: () => {} };

  constructor(options: ReopeningOptions) {
    this.options = { ...DEFAULTS, ...definedOnly(options), backend: options.backend };
    this.description = options.backend.description;
    this.watchdog = new DataGapWatchdog({
      timeoutMs: this.options.gapTimeoutMs,
      onGap: () => this.lose(`no samples for ${(this.options.gapTimeoutMs / 1000).toFixed(1)} s`),
    });
  }

  /** How much faster the card runs than its nominal rate, parts per million; 0 while unknown. */
  get rateErrorPpm(): number {
    return this.open?.feed.rateErrorPpm ?? 0;
  }

  /** Opens the device and waits for its first samples; after that it is kept open. May be called again when it failed. */
  async start(onBlock: OnBlock, onEvent: OnEvent): Promise<void> {
    this.receiver = { onBlock, onEvent };
    this.stopping.requested = false;
    await this.attempt();
  }

  async stop(): Promise<void> {
    this.stopping.requested = true;
    this.stopping.wake();
    this.watchdog.stop();
    await this.attempted?.close();
    await this.recovering;
    const open = this.open;
    this.open = undefined;
    await open?.feed.stop();
    await open?.run.close();
  }

  /** Open the device once; throws UnavailableError when no samples come. */
  private async attempt(): Promise<void> {
    const run = this.options.backend.launch();
    this.attempted = run;
    try {
      this.open = { run, feed: await this.firstData(run) };
    } catch (error) {
      await run.close();
      throw error;
    } finally {
      this.attempted = undefined;
    }
    this.watchdog.start();
    this.receiver?.onEvent({ state: "running" });
    run.ended.then((reason) => this.lose(reason, run));
  }

  /** Wire the run to a feed, and resolve with it when the first samples have come. */
  private async firstData(run: CaptureRun): Promise<BlockFeed> {
    let timer: NodeJS.Timeout | undefined;
    const seconds = this.options.openTimeoutMs / 1000;
    const failure = new Promise<never>((_, reject) => {
      const fail = (reason: string) => reject(new UnavailableError(`${this.description} cannot be heard: ${reason}`));
      timer = setTimeout(
        () => fail(`it gave no samples within ${seconds} s; check the cable and \`tactus doctor\``),
        seconds * 1000,
      );
      run.ended.then(fail);
    });
    try {
      const feed = this.feedOf(run, await Promise.race([run.format, failure]));
      await Promise.race([new Promise((resolve) => run.data.once("data", resolve)), failure]);
      return feed;
    } finally {
      clearTimeout(timer);
      // Whichever way it went, the other promise must not end the process as an unhandled rejection.
      failure.catch(() => {});
    }
  }

  private feedOf(run: CaptureRun, format: Awaited<CaptureRun["format"]>): BlockFeed {
    const { clock, captureOffsetMs, ringSeconds } = this.options;
    const onBlock = (block: SampleBlock) => this.receiver?.onBlock(block);
    const feed = new BlockFeed({ format, clock, captureOffsetMs, ringSeconds, onBlock }, this.position);
    run.onXrun = () => feed.cut();
    run.data.on("data", (bytes: Uint8Array) => {
      this.watchdog.feed();
      feed.accept(bytes);
    });
    return feed;
  }

  private lose(reason: string, run = this.open?.run): void {
    const open = this.open;
    if (!open || open.run !== run || this.stopping.requested) return;
    this.open = undefined;
    this.watchdog.stop();
    this.receiver?.onEvent({ state: "lost", reason });
    this.recovering = this.recover(open);
  }

  private async recover(open: { run: CaptureRun; feed: BlockFeed }): Promise<void> {
    await open.run.close();
    await open.feed.stop();
    await this.reopen();
  }

  private async reopen(): Promise<void> {
    const { backoffMs } = this.options;
    for (let tried = 0; !this.stopping.requested; tried++) {
      await this.pause(backoffMs[Math.min(tried, backoffMs.length - 1)] ?? 1000);
      if (this.stopping.requested) return;
      try {
        return await this.attempt();
      } catch (error) {
        // Still not there: that was said when it was lost.
        if (!(error instanceof UnavailableError)) throw error;
      }
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.stopping.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function definedOnly(options: ReopeningOptions): Partial<ReopeningOptions> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
