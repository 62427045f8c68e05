/** The command `tactus track`: audio files through the live pipeline, faster than real time. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { TactusError, UsageError } from "@tactus/shared";
import { decodeAudio } from "./capture/decode-audio.js";
import { Resampler } from "./frontend/resampler.js";
import { openPipeline } from "./pipeline.js";
import { type TrackFormat, TrackOutput } from "./track-output.js";

/** Fed after the end of a file, so that what was announced before it freezes: samples at 22 050 Hz. */
const TRAILING_SILENCE = new Float32Array(6615);
const PROGRESS_INTERVAL_MS = 250;

export interface TrackOptions {
  format: TrackFormat;
  /** Folder for one output per file; absent = all to `print`. */
  out?: string | undefined;
  artifactDir: string;
  leadMs: number;
  freezeMs: number;
  /** Standard output. */
  print: (text: string) => void;
  /** One line on standard error about a file that could not be tracked. */
  complain: (line: string) => void;
  /** "song.ogg 1:23, 40 times real time"; absent = nobody looks. */
  progress?: ((line: string) => void) | undefined;
}

/** Returns how many files could not be tracked: the others were. Throws UsageError when two would write one output. */
export async function trackFiles(files: readonly string[], options: TrackOptions): Promise<number> {
  const outputs = outputPaths(files, options);
  if (options.out !== undefined) await mkdir(options.out, { recursive: true });
  let failed = 0;
  for (const [index, file] of files.entries()) {
    try {
      const text = await trackFile(file, { ...options, named: files.length > 1 && options.out === undefined });
      const path = outputs[index];
      if (path === undefined) options.print(text);
      else await writeWhole(path, text);
    } catch (error) {
      if (!(error instanceof TactusError)) throw error;
      failed++;
      options.complain(error.message);
    }
  }
  return failed;
}

async function trackFile(file: string, options: TrackOptions & { named: boolean }): Promise<string> {
  const { format, freezeMs, leadMs, artifactDir, named } = options;
  const output = new TrackOutput({ format, freezeMs, ...(named ? { file } : {}) });
  const pipeline = await openPipeline({ artifactDir, leadMs, freezeMs }, (step) => {
    for (const event of step.events) output.add(event);
  });
  try {
    const audio = await decodeAudio(file);
    const resampler = new Resampler(audio);
    const progress = new Progress(basename(file), options.progress);
    let seconds = 0;
    for await (const block of audio.blocks) {
      await pipeline.push(resampler.push(block.samples));
      seconds += block.samples.length / block.audioChannels / block.sampleRateHz;
      progress.at(seconds);
    }
    await pipeline.push(resampler.flush());
    await pipeline.push(TRAILING_SILENCE);
    for (const note of audio.notes()) options.complain(`${file}: ${note}`);
    return output.text(seconds);
  } finally {
    await pipeline.close();
  }
}

function outputPaths(files: readonly string[], { out, format }: TrackOptions): (string | undefined)[] {
  if (out === undefined) return files.map(() => undefined);
  const owners = new Map<string, string>();
  return files.map((file) => {
    const path = join(out, `${basename(file, extname(file))}.${format}`);
    const owner = owners.get(path);
    if (owner !== undefined) throw new UsageError(`${owner} and ${file} would both be written to ${path}`);
    owners.set(path, file);
    return path;
  });
}

/** Nobody finds half an output. */
async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

class Progress {
  readonly #name: string;
  readonly #show: ((line: string) => void) | undefined;
  readonly #startedAt = performance.now();
  #shownAt = 0;

  constructor(name: string, show: ((line: string) => void) | undefined) {
    this.#name = name;
    this.#show = show;
  }

  at(seconds: number): void {
    const now = performance.now();
    if (!this.#show || now - this.#shownAt < PROGRESS_INTERVAL_MS) return;
    this.#shownAt = now;
    const minutes = `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
    this.#show(`${this.#name} ${minutes}, ${Math.round(seconds / ((now - this.#startedAt) / 1000))} times real time`);
  }
}
