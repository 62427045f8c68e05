/** Live sound through PortAudio (naudiodon): ALSA, PulseAudio, PipeWire, whatever the default input is. */
import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { UnavailableError } from "@tactus/shared";
import { BackendMissingError, type CaptureBackend, type CaptureRun, endProcess, LastWords } from "./capture-run.js";
import type { LiveInput, LiveOptions } from "./live-input.js";
import type { PcmFormat } from "./pcm-decoder.js";
import { ReopeningSource } from "./reopening-source.js";

const HELPER = fileURLToPath(new URL("../../bin/portaudio-capture.mjs", import.meta.url));
const REMEDY =
  "run npm install (on arm64 see docs/guides/run-on-a-pi.md), " +
  "or sudo apt install alsa-utils and set backend: arecord";

export function naudiodonSource(options: LiveOptions = {}): ReopeningSource {
  return new ReopeningSource({ ...options, backend: naudiodonBackend(options) });
}

/** Resolves when naudiodon can be loaded on this box; rejects with BackendMissingError and the remedy when not. */
export async function probeNaudiodon(): Promise<void> {
  await ask({ mode: "probe" });
}

/** Inputs that PortAudio sees. Rejects with BackendMissingError when naudiodon cannot be loaded. */
export async function listNaudiodonInputs(): Promise<LiveInput[]> {
  const { inputs = [] } = await ask({ mode: "list" });
  return inputs.map(({ name, hostAPIName, maxInputChannels, defaultSampleRate, isDefault }) => ({
    backend: "naudiodon",
    name,
    description: `${hostAPIName}, up to ${maxInputChannels} channels, ${defaultSampleRate} Hz`,
    isDefault,
  }));
}

/** What bin/portaudio-capture.mjs says. */
type Answer =
  | { ok: true; inputs?: PortAudioInput[]; sampleRateHz?: number; audioChannels?: number }
  | { ok?: never; error: string; missing?: boolean };

interface PortAudioInput {
  name: string;
  hostAPIName: string;
  maxInputChannels: number;
  defaultSampleRate: number;
  isDefault: boolean;
}

type Helper = ChildProcess & { stderr: Readable };

function naudiodonBackend(options: LiveOptions): CaptureBackend {
  const { device = "default", sampleRateHz, audioChannels } = options;
  const description = `naudiodon: ${device}`;
  return { description, launch: () => new HelperRun({ mode: "capture", device, sampleRateHz, audioChannels }) };
}

function startHelper(request: object): Helper {
  return spawn(process.execPath, [HELPER, JSON.stringify(request)], {
    // stdout is PortAudio's chatter. The folder is where segfault-handler would leave its crash.log.
    stdio: ["ignore", "ignore", "pipe", "pipe", "ipc"],
    cwd: tmpdir(),
    detached: true,
  }) as Helper;
}

function answerOf(helper: Helper, lastWords: LastWords): Promise<Answer & { ok: true }> {
  return new Promise((resolve, reject) => {
    helper.once("error", (cause) =>
      reject(new UnavailableError(`naudiodon cannot be started: ${cause.message}`, { cause })),
    );
    helper.once("exit", (code) => {
      // What was sent just before the exit is still to be read.
      setTimeout(
        () => reject(new UnavailableError(`PortAudio ended with code ${code}: ${lastWords.line("no reason given")}`)),
        100,
      );
    });
    helper.once("message", (message) => {
      const answer = message as Answer;
      if (answer.ok) resolve(answer);
      else if (answer.missing) reject(new BackendMissingError(`naudiodon does not load (${answer.error}): ${REMEDY}`));
      else reject(new UnavailableError(answer.error));
    });
  });
}

async function ask(request: object): Promise<Answer & { ok: true }> {
  const helper = startHelper(request);
  try {
    return await answerOf(helper, new LastWords(helper.stderr));
  } finally {
    await endProcess(helper);
  }
}

class HelperRun implements CaptureRun {
  readonly format: Promise<PcmFormat>;
  readonly data: Readable;
  readonly ended: Promise<string>;
  onXrun = () => {};
  private readonly helper: Helper;

  constructor(request: object) {
    this.helper = startHelper(request);
    const lastWords = new LastWords(this.helper.stderr);
    this.data = this.helper.stdio[3] as Readable;
    const answer = answerOf(this.helper, lastWords);
    this.format = answer.then(({ sampleRateHz = 0, audioChannels = 0 }) => ({
      sampleRateHz,
      audioChannels,
      sampleFormat: "f32le",
    }));
    this.ended = new Promise((resolve) => {
      this.helper.once("close", () => resolve(`PortAudio ended: ${lastWords.line("no reason given")}`));
    });
  }

  close(): Promise<void> {
    return endProcess(this.helper);
  }
}
