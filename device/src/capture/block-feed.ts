/** Bytes from a live input into stamped blocks: decoder, ring and clock of one open device. */
import type { Clock } from "@tactus/shared";
import type { SampleBlock } from "./audio-source.js";
import { CaptureClock } from "./capture-clock.js";
import { PcmDecoder, type PcmFormat } from "./pcm-decoder.js";
import { cardBlockSamples } from "./pcm-stream.js";
import { SampleRing } from "./sample-ring.js";

export interface BlockFeedOptions {
  format: PcmFormat;
  clock: Clock;
  captureOffsetMs: number;
  /** How far the receiver may fall behind before samples are dropped. */
  ringSeconds: number;
  onBlock: (block: SampleBlock) => void | Promise<void>;
}

/** Where the stream as a whole stands; outlives a device that is lost and found again. */
export interface StreamPosition {
  /** Monotonic seconds at the end of the last block given, undefined before the first. */
  endsAt: number | undefined;
}

/**
 * accept() is the audio callback: it copies into the ring and returns. Blocks are given one at a time, each after
 * the promise of the one before; meanwhile the ring fills. Allocates nothing per block.
 */
export class BlockFeed {
  private readonly decoder: PcmDecoder;
  private readonly ring: SampleRing;
  private readonly buffer: Float32Array;
  private readonly block: SampleBlock;
  private captureClock: CaptureClock;
  /** Ring index at which the block after the last one given should begin; undefined where the stream was cut. */
  private expectedIndex: number | undefined;
  private giving: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly options: BlockFeedOptions,
    private readonly position: StreamPosition,
  ) {
    const { sampleRateHz, audioChannels } = options.format;
    this.decoder = new PcmDecoder(options.format);
    this.ring = new SampleRing({ audioChannels, capacity: Math.ceil(options.ringSeconds * sampleRateHz) });
    this.buffer = new Float32Array(4 * cardBlockSamples(sampleRateHz) * audioChannels);
    this.block = { samples: this.buffer, audioChannels, sampleRateHz, capturedAt: 0, lostSamples: 0 };
    this.captureClock = this.freshClock();
  }

  /** How much faster the card runs than its nominal rate, parts per million. */
  get rateErrorPpm(): number {
    return this.captureClock.rateErrorPpm;
  }

  /** Bytes have just arrived. Realtime-safe. */
  accept(bytes: Uint8Array): void {
    const arrivedAt = this.options.clock.monotonic();
    this.ring.write(this.decoder.decode(bytes));
    if (this.captureClock.observe(this.ring.writeIndex, arrivedAt) === "gap") this.cut();
    // A receiver that throws is a bug: the rejection is left unhandled and ends the process.
    if (this.captureClock.ready) this.giving ??= this.give();
  }

  /** Samples are missing here: begin a new fit; how many went missing is told by the time that passed. */
  cut(): void {
    this.captureClock = this.freshClock();
    this.ring.clear();
    this.expectedIndex = undefined;
  }

  /** Resolves when the receiver will not be called any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.giving;
  }

  private async give(): Promise<void> {
    // Begin after accept() has returned: the callback must not wait for the receiver.
    await undefined;
    while (!this.stopped && this.captureClock.ready && this.ring.available > 0) {
      this.fillBlock();
      await this.options.onBlock(this.block);
    }
    this.giving = undefined;
  }

  private fillBlock(): void {
    const { audioChannels, sampleRateHz } = this.block;
    const index = this.ring.readIndex;
    const count = this.ring.read(this.buffer);
    this.stamp(index, this.captureClock.timeOf(index));
    this.block.samples = this.buffer.subarray(0, count * audioChannels);
    this.expectedIndex = index + count;
    this.position.endsAt = this.block.capturedAt + count / sampleRateHz;
  }

  /** Where the stream was cut, the time that passed tells what is missing; else the ring has counted it. */
  private stamp(index: number, time: number): void {
    const { endsAt } = this.position;
    if (this.expectedIndex !== undefined) {
      this.block.lostSamples = index - this.expectedIndex;
      this.block.capturedAt = Math.max(time, this.block.capturedAt);
    } else {
      const gap = endsAt === undefined ? 0 : Math.max(0, time - endsAt);
      this.block.lostSamples = Math.round(gap * this.block.sampleRateHz);
      this.block.capturedAt = Math.max(time, endsAt ?? time);
    }
  }

  private freshClock(): CaptureClock {
    return new CaptureClock({
      sampleRateHz: this.options.format.sampleRateHz,
      captureOffsetMs: this.options.captureOffsetMs,
    });
  }
}
