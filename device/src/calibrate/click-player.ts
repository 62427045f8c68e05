/** Plays the click track through the default output and keeps account of when which sample is heard. */
import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { type Clock, UnavailableError } from "@tactus/shared";
import { findProgramSync } from "../capture/find-program.js";
import { PLAYED_RATE_HZ } from "./click-track.js";
import { PlaybackClock, parseAlsaHeard, parsePacatTime } from "./playback-clock.js";

export interface PlayOptions {
  pcm: Int16Array;
  clock: Clock;
  /** The track is abandoned when it has not ended by then, seconds. */
  within: number;
}

type Player = ChildProcessByStdio<Writable, null, Readable>;
const RAW = ["-r", `${PLAYED_RATE_HZ}`, "-c", "1"];
const ALSA_FOLDER = "/proc/asound";
const POLL_MS = 20;

/**
 * PulseAudio and PipeWire tell exactly what is heard; on bare ALSA the kernel does. Rejects with UnavailableError
 * when there is no player, no output, or nobody tells.
 */
export async function playClicks(options: PlayOptions): Promise<PlaybackClock> {
  const clock = new PlaybackClock();
  if (await hasSoundServer()) await playByPacat(options, clock);
  else await playByAplay(options, clock);
  if (clock.readings > 0) return clock;
  throw new UnavailableError(
    "The clicks were played, but nothing tells when they were heard: use an output of PulseAudio, PipeWire or ALSA hardware, " +
      "or calibrate by eye with --tap",
  );
}

async function hasSoundServer(): Promise<boolean> {
  if (!findProgramSync("pacat") || !findProgramSync("pactl")) return false;
  return await promisify(execFile)("pactl", ["info"], { timeout: 3000 }).then(
    () => true,
    () => false,
  );
}

async function playByPacat({ pcm, clock, within }: PlayOptions, playback: PlaybackClock): Promise<void> {
  const args = [
    "--playback",
    "--raw",
    "--format=s16le",
    `--rate=${PLAYED_RATE_HZ}`,
    "--channels=1",
    "--latency-msec=60",
    "--verbose",
  ];
  const player = startPlayer("pacat", args);
  player.stderr.on("data", (text: string) => {
    const heard = parsePacatTime(text);
    if (heard !== undefined) playback.observe(clock.monotonic(), heard);
  });
  await playThrough(player, { pcm, within });
}

async function playByAplay({ pcm, clock, within }: PlayOptions, playback: PlaybackClock): Promise<void> {
  if (!findProgramSync("aplay")) {
    throw new UnavailableError("There is no player: sudo apt install alsa-utils, or calibrate by eye with --tap");
  }
  const player = startPlayer("aplay", ["-q", "-t", "raw", "-f", "S16_LE", ...RAW]);
  const ended = playThrough(player, { pcm, within });
  let playing = true;
  const poll = async () => {
    for (; playing; await sleep(POLL_MS)) {
      const heard = await alsaHeardSeconds();
      if (heard !== undefined) playback.observe(clock.monotonic(), heard);
    }
  };
  const polled = poll();
  await ended.finally(() => {
    playing = false;
  });
  await polled;
}

function startPlayer(program: string, args: string[]): Player {
  const player = spawn(program, args, { stdio: ["pipe", "ignore", "pipe"], env: { ...process.env, LC_ALL: "C" } });
  player.stderr.setEncoding("utf8");
  // A player that dies closes its input; its exit code tells.
  player.stdin.on("error", () => {});
  return player;
}

async function playThrough(player: Player, track: { pcm: Int16Array; within: number }): Promise<void> {
  let lastWords = "";
  player.stderr.on("data", (text: string) => {
    if (!text.includes("Latency:")) lastWords = text.trim() || lastWords;
  });
  const timer = setTimeout(() => player.kill(), track.within * 1000);
  player.stdin.end(Buffer.from(track.pcm.buffer));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    player.once("error", reject);
    player.once("close", (...exit) => resolve(exit));
  }).finally(() => clearTimeout(timer));
  if (signal)
    throw new UnavailableError(
      `The clicks did not play to their end within ${track.within} s: look at the output (alsamixer)`,
    );
  if (code !== 0)
    throw new UnavailableError(`The clicks could not be played: ${lastWords || `the player ended with code ${code}`}`);
}

/** Of the one playback that runs, on whichever card. */
async function alsaHeardSeconds(): Promise<number | undefined> {
  if (!existsSync(ALSA_FOLDER)) return undefined;
  const names = await readdir(ALSA_FOLDER, { recursive: true }).catch((): string[] => []);
  for (const name of names.filter((candidate) => /pcm\d+p\/sub\d+\/status$/.test(candidate))) {
    const heard = parseAlsaHeard(await readFile(join(ALSA_FOLDER, name), "utf8").catch(() => ""));
    if (heard === undefined) continue;
    const parameters = await readFile(join(ALSA_FOLDER, name, "../hw_params"), "utf8").catch(() => "");
    return heard / Number(/^rate: (\d+)/m.exec(parameters)?.[1] ?? PLAYED_RATE_HZ);
  }
  return undefined;
}
