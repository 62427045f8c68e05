/** What the user named as source into an AudioSource: an input, a file, or standard input. */
import { existsSync } from "node:fs";
import { type Clock, UsageError } from "@tactus/shared";
import { arecordSource, listArecordInputs, requireArecordSync } from "./arecord-source.js";
import type { AudioSource } from "./audio-source.js";
import { BackendMissingError } from "./capture-run.js";
import { FileSource } from "./file-source.js";
import type { LiveInput, LiveOptions } from "./live-input.js";
import { listNaudiodonInputs, naudiodonSource, probeNaudiodon } from "./naudiodon-source.js";
import { parseSampleFormat } from "./pcm-decoder.js";
import type { ReopeningSource } from "./reopening-source.js";
import { StdinSource } from "./stdin-source.js";

export const BACKENDS = ["auto", "naudiodon", "arecord"] as const;
export type Backend = (typeof BACKENDS)[number];

/** The device's configuration has these fields. */
export interface SourceSettings {
  /** "default", the name of an input, a file, or "-" for standard input. */
  source: string;
  /** Default "auto": naudiodon where it loads, else arecord. */
  backend?: string | undefined;
  /** Play a file again when it ends. Default false. */
  loop?: boolean | undefined;
  /** Raw standard input; absent = WAV. */
  raw?: { rate: number; channels: number; format: string } | undefined;
  /** Added to every capture time of live sound, milliseconds. Default 0. */
  captureOffsetMs?: number | undefined;
}

export interface SourceSurroundings {
  clock?: Clock;
  /** Told what was wrong with a file or a stream and was got over. */
  onNote?: (note: string) => void;
}

const FILE_NAME = /^(\/|\.\.?\/|~\/)|\.(wav|wave|flac|ogg|oga|opus|mp3|m4a|mp4|aac|aif|aiff|webm|mka|wma)$/i;

/** Opens nothing yet: that is start(). Throws UsageError for an unknown backend, BackendMissingError when none is here. */
export async function openSource(settings: SourceSettings, around: SourceSurroundings = {}): Promise<AudioSource> {
  const { source, raw, captureOffsetMs = 0, loop = false } = settings;
  if (source === "-") {
    const format = raw && {
      sampleRateHz: raw.rate,
      audioChannels: raw.channels,
      sampleFormat: parseSampleFormat(raw.format),
    };
    return new StdinSource({ ...around, captureOffsetMs, ...(format ? { format } : {}) });
  }
  if (isFile(source)) return new FileSource({ ...around, file: source, loop });
  return await openLiveSource(settings.backend ?? "auto", {
    device: source,
    captureOffsetMs,
    ...(around.clock ? { clock: around.clock } : {}),
  });
}

/** A sound card by the backend named, or by the first that is installed. */
export async function openLiveSource(backend: string, options: LiveOptions): Promise<ReopeningSource> {
  switch (backend) {
    case "naudiodon":
      return naudiodonSource(options);
    case "arecord":
      return arecordSource(options);
    case "auto":
      return (await chooseBackend()) === "naudiodon" ? naudiodonSource(options) : arecordSource(options);
    default:
      throw new UsageError(`Backend "${backend}" is unknown: use one of ${BACKENDS.join(", ")}`);
  }
}

/** naudiodon where it loads, else arecord. Rejects with BackendMissingError when neither is here. */
export async function chooseBackend(): Promise<"naudiodon" | "arecord"> {
  try {
    await probeNaudiodon();
    return "naudiodon";
  } catch (error) {
    if (!(error instanceof BackendMissingError)) throw error;
    try {
      requireArecordSync();
    } catch (cause) {
      throw new BackendMissingError(
        `No sound can be captured here. ${error.message}. And ${(cause as Error).message}`,
        { cause },
      );
    }
    return "arecord";
  }
}

/** Inputs by backend; a backend that is not installed has none. */
export async function listInputs(): Promise<LiveInput[]> {
  const lists = await Promise.allSettled([listNaudiodonInputs(), listArecordInputs()]);
  return lists.flatMap((list) => (list.status === "fulfilled" ? list.value : []));
}

function isFile(source: string): boolean {
  return source !== "default" && (FILE_NAME.test(source) || existsSync(source));
}
