/** The command `tactus calibrate`: how much later than in the room a sound is seen here, into the configuration. */
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, systemClock, UnavailableError, UsageError } from "@tactus/shared";
import { playClicks } from "./calibrate/click-player.js";
import { clickTrack, PLAYED_RATE_HZ } from "./calibrate/click-track.js";
import { findDelays, type OffsetResult, summarise } from "./calibrate/find-clicks.js";
import { RoomRecorder } from "./calibrate/room-recorder.js";
import { tapByEye } from "./calibrate/tap-by-eye.js";
import { writeOffset } from "./calibrate/write-offset.js";
import { openLiveSource } from "./capture/open-source.js";
import { DEFAULT_CONFIG_PATH, loadConfig } from "./config.js";

export interface CalibrateOptions {
  /** Configuration file; absent = the default one, made when there is none. */
  config?: string | undefined;
  /** Input to listen to instead of the configured one. */
  source?: string | undefined;
  backend?: string | undefined;
  /** By eye and hand instead of by clicks through the room. Default false. */
  tap?: boolean | undefined;
  /** How many clicks are played, 10 to 100. Default 15. */
  clicks?: number | undefined;
  /** Say what would be written, and do not write it. Default false. */
  dryRun?: boolean | undefined;
  /** One line of output. */
  print: (line: string) => void;
  /** For tapping. Default process.stdin. */
  keys?: NodeJS.ReadStream;
  clock?: Clock;
}

const FEWEST_CLICKS = 10;
/** Capture is heard this long before the clicks begin: its clock is still finding itself. */
const WARM_UP_SECONDS = 4;
/** Wider than this, a median says nothing: another sound was taken for the click. */
const WIDEST_SPREAD_MS = 30;
/** What the configuration takes. */
const LARGEST_OFFSET_MS = 1000;

/** Resolves with the exit code 0. Rejects with UnavailableError when the clicks are not heard, UsageError for wrong use. */
export async function runCalibrate(options: CalibrateOptions): Promise<number> {
  const path = resolve(options.config ?? DEFAULT_CONFIG_PATH);
  const config = await loadConfig({ file: options.config });
  const result = options.tap ? await calibrateByEye(options) : await calibrateByClicks(options, config);
  const offset = -Math.round(result.medianMs * 10) / 10;
  const found = `median of ${result.found}: ${result.medianMs.toFixed(1)} ms, the middle 80 % within ${result.spreadMs.toFixed(1)} ms`;
  options.print(`${options.tap ? "Taps after flashes" : "Clicks heard after they were played"}, ${found}`);
  if (result.spreadMs > WIDEST_SPREAD_MS || Math.abs(offset) > LARGEST_OFFSET_MS) {
    throw new UnavailableError(
      `That is too uneven or too far off to be trusted, nothing was written: ${remedyOf(options)}`,
    );
  }
  if (options.dryRun)
    options.print(`captureOffsetMs: ${offset} (not written, present value ${config.captureOffsetMs})`);
  else {
    await writeOffset(path, offset);
    options.print(
      `Wrote captureOffsetMs: ${offset} to ${path} (it was ${config.captureOffsetMs}); restart tactus device`,
    );
  }
  return 0;
}

async function calibrateByEye({
  print,
  keys = process.stdin,
  clock = systemClock,
}: CalibrateOptions): Promise<OffsetResult> {
  print("This measures eye, hand and screen: use it where no clicks can be played into the room.");
  return await tapByEye({ clock, keys, write: (text) => void process.stdout.write(text) });
}

async function calibrateByClicks(
  options: CalibrateOptions,
  config: { source: string; backend?: string | undefined },
): Promise<OffsetResult> {
  const { clicks = 15, clock = systemClock, print } = options;
  if (!(clicks >= FEWEST_CLICKS && clicks <= 100))
    throw new UsageError(`--clicks ${clicks}: give ${FEWEST_CLICKS} to 100`);
  const device = options.source ?? config.source;
  // The offset is what is looked for: the one that is configured is left out.
  const source = await openLiveSource(options.backend ?? config.backend ?? "auto", { device, clock });
  const recorder = new RoomRecorder();
  const track = clickTrack(clicks);
  const seconds = track.pcm.length / PLAYED_RATE_HZ;
  await source.start(recorder.onBlock, () => {});
  try {
    print(
      `Listening to ${source.description}; ${clicks} clicks follow, ${Math.round(seconds)} s. Keep the room quiet.`,
    );
    await sleep(WARM_UP_SECONDS * 1000);
    const playback = await playClicks({ pcm: track.pcm, clock, within: seconds + 10 });
    await sleep(1000);
    const playedAt = track.times.flatMap((time) => playback.timeOf(time) ?? []);
    const result = summarise(findDelays(recorder.take(), playedAt));
    if (result.found >= FEWEST_CLICKS) return result;
    throw new UnavailableError(
      `Only ${result.found} of ${clicks} clicks were heard, ${FEWEST_CLICKS} are needed: ${remedyOf(options)}`,
    );
  } finally {
    await source.stop();
  }
}

function remedyOf({ tap }: CalibrateOptions): string {
  return tap
    ? "try again, with the flashes in time"
    : "turn the loudspeaker up, quieten the room, and see tactus doctor";
}
