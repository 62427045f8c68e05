/** A capture backend without a sound card: a script says what comes, and when it breaks. For tests and examples. */
import { PassThrough } from "node:stream";
import { UnavailableError } from "@tactus/shared";
import type { CaptureBackend, CaptureRun } from "./capture-run.js";
import type { PcmFormat } from "./pcm-decoder.js";

/** One opening of the device. */
export class ScriptedRun implements CaptureRun {
  readonly data = new PassThrough({ highWaterMark: 1 << 24 });
  readonly format: Promise<PcmFormat>;
  readonly ended: Promise<string>;
  onXrun = () => {};
  closed = false;
  private end: (reason: string) => void = () => {};

  constructor(format: PcmFormat | undefined) {
    this.format = format ? Promise.resolve(format) : Promise.reject(new UnavailableError("no such device"));
    this.format.catch(() => {});
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  /** Interleaved samples arrive, as 32-bit float. */
  give(samples: Float32Array): void {
    this.data.write(Buffer.from(samples.buffer.slice(samples.byteOffset, samples.byteOffset + samples.byteLength)));
  }

  /** The program ends by itself. */
  fail(reason: string): void {
    this.end(reason);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.end("closed");
  }
}

/** Keeps every run, so that a script can speak to the newest. */
export class ScriptedBackend implements CaptureBackend {
  readonly description = "scripted";
  readonly runs: ScriptedRun[] = [];
  /** Undefined = the device does not open. */
  format: PcmFormat | undefined = { sampleRateHz: 48000, audioChannels: 1, sampleFormat: "f32le" };

  launch(): CaptureRun {
    const run = new ScriptedRun(this.format);
    this.runs.push(run);
    return run;
  }

  get newest(): ScriptedRun {
    const run = this.runs.at(-1);
    if (!run) throw new Error("Nothing was launched yet");
    return run;
  }
}
