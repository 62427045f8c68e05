/** Samples from a pipe, `ffmpeg … | tactus device --source -`: a WAV stream, or raw samples whose shape is told. */
import type { Readable } from "node:stream";
import { type Clock, InputError, systemClock } from "@tactus/shared";
import type { AudioSource, SampleBlock, SourceEvent } from "./audio-source.js";
import { Pacer } from "./pacer.js";
import { checkShape, PcmDecoder, type PcmFormat } from "./pcm-decoder.js";
import { blocksOf, type PcmStream } from "./pcm-stream.js";
import { readWav } from "./wav-reader.js";

export interface StdinSourceOptions {
  /** Raw samples of this format; without it, the pipe must carry WAV. */
  format?: PcmFormat;
  clock?: Clock;
  /** Added to every capture time, milliseconds. Default 0. */
  captureOffsetMs?: number;
  /** Default process.stdin. */
  input?: Readable;
  /** Told what was wrong with the stream and was got over. */
  onNote?: (note: string) => void;
}

/**
 * Behind the pipe may be a file, which comes as fast as we read, or a live source with a clock of its own. The
 * first keeps our buffer full and is held to the pace of a sound card. The second lets us wait, and then time goes
 * on from when its samples came; and it does not fill the buffer: then the pace gives way, by 0.1 % and up to 1 %
 * more the more is held, so that what has piled up does not stay as latency.
 */
const GIVE_WAY = { least: 0.001, more: 0.01 };

export class StdinSource implements AudioSource {
  readonly description: string;
  private readonly input: Readable;
  private readonly clock: Clock;
  private pacer: Pacer | undefined;
  private playing: Promise<void> | undefined;
  private stopped = false;
  private readonly read = { bytes: 0, samples: 0 };
  /** When the newest bytes came, if we had to wait for them: monotonic seconds. */
  private awaitedAt: number | undefined;

  constructor(private readonly options: StdinSourceOptions = {}) {
    const { format } = options;
    this.input = options.input ?? process.stdin;
    this.clock = options.clock ?? systemClock;
    const shape = format
      ? `${format.sampleFormat}, ${format.sampleRateHz} Hz, ${format.audioChannels} channels`
      : "WAV";
    this.description = `standard input: ${shape}`;
  }

  /** Waits for the first samples. Rejects with InputError when the pipe ends before them or is not what it should be. */
  async start(
    onBlock: (block: SampleBlock) => void | Promise<void>,
    onEvent: (event: SourceEvent) => void,
  ): Promise<void> {
    this.stopped = false;
    const stream = await this.openStream();
    const blocks = blocksOf({ ...stream, chunks: this.counted(stream) });
    const first = await blocks.next();
    if (first.done)
      throw new InputError("Standard input ended before any sample came: check the program that feeds it");
    this.pacer = new Pacer({ clock: this.clock, sampleRateHz: stream.sampleRateHz });
    onEvent({ state: "running" });
    // A receiver that throws is a bug: the rejection is left unhandled and ends the process.
    this.playing = this.play({ first: first.value, blocks, pacer: this.pacer, onBlock }).then(() => {
      for (const note of stream.notes()) this.options.onNote?.(`standard input: ${note}`);
      if (!this.stopped) onEvent({ state: "ended" });
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.pacer?.stop();
    this.input.destroy();
    await this.playing;
  }

  private async openStream(): Promise<PcmStream> {
    const { format } = this.options;
    if (!format) {
      const hint = "for raw samples give --rate, --channels and --format, else pipe through ffmpeg -i … -f wav -";
      return await readWav(this.bytes(), "Standard input").catch((cause: Error) => {
        throw cause instanceof InputError ? new InputError(`${cause.message} (${hint})`, { cause }) : cause;
      });
    }
    checkShape(format, "--rate/--channels");
    const decoder = new PcmDecoder(format);
    return { ...format, chunks: decodeEach(this.bytes(), decoder), notes: () => notesOn(decoder) };
  }

  /** What is read, until the end or stop(). */
  private async *bytes(): AsyncGenerator<Uint8Array> {
    const chunks = this.input[Symbol.asyncIterator]();
    try {
      for (;;) {
        const waits = this.input.readableLength === 0;
        const next = await chunks.next();
        if (next.done) return;
        this.awaitedAt = waits ? this.clock.monotonic() : undefined;
        this.read.bytes += next.value.length;
        yield next.value;
      }
    } catch (error) {
      // stop() destroys the stream while it is being read; a broken pipe ends it as well.
      if (!this.stopped) this.options.onNote?.(`standard input broke off: ${(error as Error).message}`);
    }
  }

  private async *counted({ chunks, audioChannels }: PcmStream): AsyncGenerator<Float32Array> {
    for await (const chunk of chunks) {
      this.read.samples += chunk.length / audioChannels;
      yield chunk;
    }
  }

  private async play(run: {
    first: SampleBlock;
    blocks: AsyncGenerator<SampleBlock>;
    pacer: Pacer;
    onBlock: (block: SampleBlock) => void | Promise<void>;
  }): Promise<void> {
    let given = 0;
    // The first block is here, so its last sample was captured by now.
    run.pacer.shift(-run.first.samples.length / run.first.audioChannels / run.first.sampleRateHz);
    for (let block: SampleBlock | undefined = run.first; block && !this.stopped; block = await next(run.blocks)) {
      const count = block.samples.length / block.audioChannels;
      this.follow(run.pacer, { end: given + count, seconds: count / block.sampleRateHz });
      await run.pacer.until(given + count);
      if (this.stopped) return;
      block.capturedAt = run.pacer.timeOf(given) + (this.options.captureOffsetMs ?? 0) / 1000;
      await run.onBlock(block);
      given += count;
    }
  }

  /** Let the pace follow a source that is live. */
  private follow(pacer: Pacer, block: { end: number; seconds: number }): void {
    const late = (this.awaitedAt ?? Number.NEGATIVE_INFINITY) - pacer.timeOf(block.end);
    this.awaitedAt = undefined;
    if (late > 0) pacer.shift(late);
    const { bytes, samples } = this.read;
    const held = this.input.readableLength + ((samples - block.end) * bytes) / samples;
    const filled = held / this.input.readableHighWaterMark;
    if (filled > 0 && filled < 1) pacer.shift(-(GIVE_WAY.least + GIVE_WAY.more * filled) * block.seconds);
  }
}

async function next(blocks: AsyncGenerator<SampleBlock>): Promise<SampleBlock | undefined> {
  const result = await blocks.next();
  return result.done ? undefined : result.value;
}

async function* decodeEach(bytes: AsyncIterable<Uint8Array>, decoder: PcmDecoder): AsyncGenerator<Float32Array> {
  for await (const chunk of bytes) {
    const samples = decoder.decode(chunk);
    if (samples.length > 0) yield samples;
  }
}

function notesOn(decoder: PcmDecoder): string[] {
  const count = decoder.nonFiniteSamples;
  return count > 0 ? [`${count} samples that are not numbers were read as silence`] : [];
}
