/** Can this box hear, and what: the backends, their inputs, and a few seconds of the configured source. */
import { setTimeout as sleep } from "node:timers/promises";
import { requireArecordSync } from "../capture/arecord-source.js";
import type { AudioSource, SampleBlock } from "../capture/audio-source.js";
import { findProgramSync } from "../capture/find-program.js";
import { probeNaudiodon } from "../capture/naudiodon-source.js";
import { listInputs, openSource, type SourceSettings } from "../capture/open-source.js";
import { SignalConditions, type SignalReport } from "../capture/signal-conditions.js";
import { type Finding, ok, problem, warning } from "./finding.js";

/** Long enough for silence and hum to be told. */
const LISTEN_SECONDS = 5;

export async function checkSound(settings: SourceSettings): Promise<Finding[]> {
  const backends = await checkBackends();
  return [...backends, ...(await checkInputs()), await checkSource(settings), checkFfmpeg()];
}

async function checkBackends(): Promise<Finding[]> {
  const [naudiodon, arecord] = await Promise.all([
    failureOf(() => probeNaudiodon()),
    failureOf(async () => requireArecordSync()),
  ]);
  const rate = naudiodon && arecord ? problem : warning;
  return [
    naudiodon ? rate("naudiodon", firstPart(naudiodon), naudiodon) : ok("naudiodon", "loads"),
    arecord ? rate("arecord", "not installed", "sudo apt install alsa-utils") : ok("arecord", "installed"),
  ];
}

async function checkInputs(): Promise<Finding[]> {
  const inputs = await listInputs();
  if (inputs.length === 0) {
    return [problem("inputs", "no sound input was found", "Connect a sound card or a microphone, and see arecord -l")];
  }
  return (["naudiodon", "arecord"] as const).flatMap((backend) => {
    const names = inputs.filter((input) => input.backend === backend).map((input) => `"${input.name}"`);
    return names.length === 0 ? [] : [ok("inputs", `${backend}: ${names.join(", ")}`)];
  });
}

async function checkSource(settings: SourceSettings): Promise<Finding> {
  if (settings.source === "-") return ok("source", "standard input: it is heard when something feeds it");
  let source: AudioSource | undefined;
  try {
    source = await openSource(settings);
    return judgeHeard(source.description, await listen(source));
  } catch (error) {
    const { message } = error as Error;
    if (/busy/i.test(message)) {
      return warning(
        "source",
        `${settings.source} is in use: ${message}`,
        "Nothing, if that is a running tactus device",
      );
    }
    return problem("source", message, "Choose another with --source (see inputs above) or look at the cable");
  } finally {
    await source?.stop();
  }
}

interface Heard {
  sampleRateHz: number;
  audioChannels: number;
  /** Samples that came per second of our clock. */
  measuredRateHz: number;
  lostSamples: number;
  report: SignalReport;
}

async function listen(source: AudioSource): Promise<Heard | undefined> {
  let conditions: SignalConditions | undefined;
  let loudest: SignalReport | undefined;
  let [count, lostSamples] = [0, 0];
  let first: SampleBlock | undefined;
  let last: SampleBlock | undefined;
  await source.start(
    (block) => {
      conditions ??= new SignalConditions(block);
      conditions.push(block);
      const report = conditions.report();
      if (report.rmsDb > (loudest?.rmsDb ?? Number.NEGATIVE_INFINITY)) loudest = report;
      first ??= { ...block };
      last = { ...block };
      count += block.samples.length / block.audioChannels;
      lostSamples += block.lostSamples;
    },
    () => {},
  );
  await sleep(LISTEN_SECONDS * 1000);
  if (!conditions || !loudest || !first || !last) return undefined;
  const { sampleRateHz, audioChannels } = first;
  const inner = count - last.samples.length / audioChannels;
  const measuredRateHz = inner / Math.max(1e-3, last.capturedAt - first.capturedAt);
  return {
    sampleRateHz,
    audioChannels,
    measuredRateHz,
    lostSamples,
    report: { ...loudest, ...conditionsOf(conditions) },
  };
}

/** Conditions as they are at the end; level and peak are those of the loudest second. */
function conditionsOf(signal: SignalConditions): Pick<SignalReport, "conditions" | "humHz" | "dcOffset"> {
  const { conditions, humHz, dcOffset } = signal.report();
  return { conditions, humHz, dcOffset };
}

export function judgeHeard(description: string, heard: Heard | undefined): Finding {
  if (!heard)
    return problem("source", `${description} gives no samples`, "Look at the cable, and at arecord -vv -d 5 /dev/null");
  const { sampleRateHz, audioChannels, measuredRateHz, lostSamples, report } = heard;
  const level = `level ${report.rmsDb.toFixed(0)} dB, peak ${report.peakDb.toFixed(0)} dB`;
  const what = `${description}: ${sampleRateHz} Hz, ${audioChannels} channels, ${level}`;
  if (report.conditions.includes("silence"))
    return warning("source", `${what}: silence`, "Play something, and look at the cable and the gain (alsamixer)");
  if (report.conditions.includes("clipping"))
    return warning("source", `${what}: clipping`, "Turn the gain or the desk's send down by 10 dB");
  if (report.conditions.includes("hum"))
    return warning(
      "source",
      `${what}: mains hum of ${report.humHz} Hz`,
      "Use a balanced cable or a ground-loop isolator",
    );
  if (report.conditions.includes("dc-offset"))
    return warning(
      "source",
      `${what}: DC offset ${report.dcOffset.toFixed(3)}`,
      "Harmless for beats; another input or card would be cleaner",
    );
  if (lostSamples > 0)
    return warning(
      "source",
      `${what}: ${lostSamples} samples lost while listening`,
      "Look for what else keeps this box busy (top)",
    );
  if (Math.abs(measuredRateHz / sampleRateHz - 1) > 0.03) {
    return warning(
      "source",
      `${what}: it delivers ${measuredRateHz.toFixed(0)} samples a second`,
      "Choose the other backend, or another input",
    );
  }
  return ok("source", what);
}

function checkFfmpeg(): Finding {
  const program = findProgramSync("ffmpeg");
  if (program) return ok("ffmpeg", program);
  const without = "not installed: WAV, FLAC, Ogg Vorbis, Opus and MP3 files can be read without it, others cannot";
  return warning("ffmpeg", without, "sudo apt install ffmpeg");
}

async function failureOf(attempt: () => Promise<unknown>): Promise<string | undefined> {
  return await attempt().then(
    () => undefined,
    (error: Error) => error.message,
  );
}

/** "naudiodon does not load (…): remedy" without the remedy. */
function firstPart(message: string): string {
  return (
    message
      .split("): ")[0]
      ?.replace(/^naudiodon /, "")
      .concat(message.includes("): ") ? ")" : "") ?? message
  );
}
