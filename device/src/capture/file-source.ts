/** An audio file as if it were played into the room: the pace and the blocks of a sound card. */
import { basename } from "node:path";
import { type Clock, systemClock } from "@tactus/shared";
import type { AudioSource, SampleBlock, SourceEvent } from "./audio-source.js";
import { type DecodedAudio, decodeAudio } from "./decode-audio.js";
import { Pacer } from "./pacer.js";

export interface FileSourceOptions {
  file: string;
  /** Begin again at the end; the stream's time goes on. Default false. */
  loop?: boolean;
  clock?: Clock;
  /** Told what was wrong with the file and was got over. */
  onNote?: (note: string) => void;
}

/** Further behind than this (the box slept), the file waits instead of hurrying after the clock. */
const CATCH_UP_SECONDS = 0.5;

export class FileSource implements AudioSource {
  readonly description: string;
  private audio: DecodedAudio | undefined;
  private pacer: Pacer | undefined;
  private playing: Promise<void> | undefined;
  private stopped = false;

  constructor(private readonly options: FileSourceOptions) {
    this.description = `file: ${basename(options.file)}${options.loop ? " (repeated)" : ""}`;
  }

  /** Rejects with InputError when the file cannot be played. */
  async start(
    onBlock: (block: SampleBlock) => void | Promise<void>,
    onEvent: (event: SourceEvent) => void,
  ): Promise<void> {
    this.stopped = false;
    this.audio = await decodeAudio(this.options.file);
    this.pacer = new Pacer({ clock: this.options.clock ?? systemClock, sampleRateHz: this.audio.sampleRateHz });
    onEvent({ state: "running" });
    // A receiver that throws is a bug: the rejection is left unhandled and ends the process.
    this.playing = this.play(this.pacer, onBlock).then(() => {
      if (!this.stopped) onEvent({ state: "ended" });
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.pacer?.stop();
    await this.playing;
    await this.audio?.close();
  }

  private async play(pacer: Pacer, onBlock: (block: SampleBlock) => void | Promise<void>): Promise<void> {
    let given = 0;
    while (this.audio) {
      given = await this.playOnce(this.audio, { pacer, onBlock, given });
      for (const note of this.audio.notes()) this.options.onNote?.(`${this.options.file}: ${note}`);
      if (this.stopped || !this.options.loop) return;
      this.audio = await decodeAudio(this.options.file);
    }
  }

  /** Returns the sample frames given so far, this pass included. */
  private async playOnce(
    audio: DecodedAudio,
    run: { pacer: Pacer; onBlock: (block: SampleBlock) => void | Promise<void>; given: number },
  ): Promise<number> {
    let { given } = run;
    for await (const block of audio.blocks) {
      const count = block.samples.length / block.audioChannels;
      const late = await run.pacer.until(given + count);
      if (this.stopped) break;
      if (late > CATCH_UP_SECONDS) run.pacer.shift(late);
      block.capturedAt = run.pacer.timeOf(given);
      await run.onBlock(block);
      given += count;
    }
    return given;
  }
}
