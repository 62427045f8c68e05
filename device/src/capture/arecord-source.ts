/** Live sound through `arecord` (ALSA's own recorder): the fallback where naudiodon does not build. */
import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { UnavailableError } from "@tactus/shared";
import { BackendMissingError, type CaptureBackend, type CaptureRun, endProcess, LastWords } from "./capture-run.js";
import { findProgramSync } from "./find-program.js";
import type { LiveInput, LiveOptions } from "./live-input.js";
import type { PcmFormat } from "./pcm-decoder.js";
import { ReopeningSource } from "./reopening-source.js";

const DEFAULT_RATE_HZ = 48000;
/** Periods of 512 are fetched as they come; the buffer behind them is room for a busy moment, not latency. */
const BUFFER = ["--period-size=512", "--buffer-size=16384"];

export function arecordSource(options: LiveOptions = {}): ReopeningSource {
  return new ReopeningSource({ ...options, backend: arecordBackend(options) });
}

/** Path of arecord. Throws BackendMissingError with the remedy when it is not installed. */
export function requireArecordSync(): string {
  const program = findProgramSync("arecord");
  if (program) return program;
  throw new BackendMissingError("arecord is not installed: sudo apt install alsa-utils");
}

/** Inputs that ALSA names for capture. */
export async function listArecordInputs(): Promise<LiveInput[]> {
  const { stdout } = await promisify(execFile)(requireArecordSync(), ["-L"], { env: plainEnglish() });
  return parseDeviceList(stdout);
}

/** `arecord -L`: a name at the start of a line, its description indented below. */
export function parseDeviceList(text: string): LiveInput[] {
  const inputs: LiveInput[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const last = inputs.at(-1);
    if (!/^\s/.test(line))
      inputs.push({ backend: "arecord", name: line.trim(), description: "", isDefault: line.trim() === "default" });
    else if (last) last.description = last.description ? `${last.description}, ${line.trim()}` : line.trim();
  }
  return inputs.filter((input) => !NOT_INPUTS.has(input.name));
}

/** Listed for capture by every installation, but they convert or discard sound and have none of their own. */
const NOT_INPUTS = new Set(["null", "lavrate", "samplerate", "speexrate", "speex", "upmix", "vdownmix", "oss"]);

function arecordBackend(options: LiveOptions): CaptureBackend {
  const device = options.device ?? "default";
  const format: PcmFormat = {
    sampleRateHz: options.sampleRateHz ?? DEFAULT_RATE_HZ,
    audioChannels: options.audioChannels ?? 2,
    sampleFormat: "s16le",
  };
  return { description: `arecord: ${device}`, launch: () => new ArecordRun(device, format) };
}

class ArecordRun implements CaptureRun {
  readonly format: Promise<PcmFormat>;
  readonly data: Readable;
  readonly ended: Promise<string>;
  onXrun = () => {};
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;

  constructor(device: string, wanted: PcmFormat) {
    this.child = startArecord(device, wanted);
    this.data = this.child.stdout;
    let actualRateHz = wanted.sampleRateHz;
    const lastWords = new LastWords(this.child.stderr, (line) => {
      if (line.includes("overrun")) this.onXrun();
      // "Warning: rate is not accurate (requested = 48000Hz, got = 44100Hz)"
      actualRateHz = Number(/got = (\d+)Hz/.exec(line)?.[1] ?? actualRateHz);
    });
    const failed = new Promise<never>((_, reject) => {
      this.child.once("error", (cause: NodeJS.ErrnoException) => reject(startError(cause)));
      this.child.once("close", () => reject(new UnavailableError(reasonFrom(lastWords.line("it gave no reason")))));
    });
    failed.catch(() => {});
    // What it says of the rate comes before the first samples do.
    const readable = new Promise((resolve) => this.data.once("readable", resolve));
    this.format = Promise.race([readable, failed]).then(() => ({ ...wanted, sampleRateHz: actualRateHz }));
    this.ended = new Promise((resolve) => {
      this.child.once("close", () => resolve(reasonFrom(lastWords.line("it gave no reason"))));
    });
  }

  close(): Promise<void> {
    return endProcess(this.child);
  }
}

/** Raw and without an end: `-t wav` would begin a new file in the middle of the stream at 2 GiB, after 3.4 hours. */
function startArecord(device: string, format: PcmFormat): ChildProcessByStdio<null, Readable, Readable> {
  const { sampleRateHz, audioChannels } = format;
  // "hw:" takes only what the card does natively; "plughw:" is the same card with conversion.
  const name = device.replace(/^hw:/, "plughw:");
  const args = ["-D", name, "-t", "raw", "-f", "S16_LE", "-r", `${sampleRateHz}`, "-c", `${audioChannels}`, ...BUFFER];
  const program = findProgramSync("arecord") ?? "arecord";
  return spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: plainEnglish(), detached: true });
}

function startError(cause: NodeJS.ErrnoException): UnavailableError {
  if (cause.code === "ENOENT")
    return new BackendMissingError("arecord is not installed: sudo apt install alsa-utils", { cause });
  return new UnavailableError(`arecord cannot be started: ${cause.message}`, { cause });
}

function reasonFrom(lastLine: string): string {
  return `arecord ended: ${lastLine.replace(/^arecord: (\w+:\d+: )?/, "")}`;
}

function plainEnglish(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: "C" };
}
