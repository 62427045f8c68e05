/** A metronome to look at and a key to tap: how late a person taps, eye, hand and screen together. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, UsageError } from "@tactus/shared";
import { type OffsetResult, summarise } from "./find-clicks.js";

export interface TapOptions {
  clock: Clock;
  /** Where keys come from: a terminal. */
  keys: NodeJS.ReadStream;
  /** Writes without a line end, so that the metronome stays in its line. */
  write: (text: string) => void;
  /** Default 20. */
  flashes?: number;
  /** Milliseconds from flash to flash. Default 600: 100 a minute, where people tap best. */
  periodMs?: number;
}

/** The first ones are for finding into the beat. */
const PRACTICE = 4;
const FEWEST_TAPS = 10;
const FLASH_MS = 100;

/** Rejects with UsageError when there is no terminal, or when there were too few taps to tell. */
export async function tapByEye(options: TapOptions): Promise<OffsetResult> {
  const { clock, keys, flashes = 20, periodMs = 600 } = options;
  if (!keys.isTTY) throw new UsageError("Tapping needs a terminal with a keyboard: run tactus calibrate --tap in one");
  const taps: number[] = [];
  let given = false;
  const onKey = (bytes: Buffer) => {
    // Raw mode takes Ctrl-C as a character.
    if (bytes[0] === 3 || bytes[0] === 0x1b) given = true;
    else taps.push(clock.monotonic());
  };
  keys.setRawMode(true).resume().on("data", onKey);
  try {
    const shown = await showMetronome({ ...options, flashes, periodMs, isOver: () => given });
    if (given) throw new UsageError("Calibration was broken off: nothing was written");
    const result = summarise(tapDelays(taps, shown.slice(PRACTICE), periodMs / 1000));
    if (result.found >= FEWEST_TAPS) return result;
    throw new UsageError(
      `Only ${result.found} taps fell near a flash, ${FEWEST_TAPS} are needed: press space at every flash`,
    );
  } finally {
    keys.off("data", onKey).setRawMode(false).pause();
  }
}

/** For each flash the nearest tap within half a period, tap minus flash, seconds. */
export function tapDelays(taps: readonly number[], flashes: readonly number[], period: number): number[] {
  return flashes.flatMap((flash) => {
    const delays = taps.map((tap) => tap - flash).filter((delay) => Math.abs(delay) < period / 2);
    return delays.length === 0
      ? []
      : [delays.reduce((best, delay) => (Math.abs(delay) < Math.abs(best) ? delay : best))];
  });
}

/** Returns when each flash was shown, monotonic seconds. */
async function showMetronome(
  show: TapOptions & { flashes: number; periodMs: number; isOver: () => boolean },
): Promise<number[]> {
  const { clock, write, flashes, periodMs, isOver } = show;
  const shown: number[] = [];
  const startedAt = clock.monotonic() + 1;
  write("Press space at every flash; Escape breaks off.\n");
  for (let i = 0; i < flashes && !isOver(); i++) {
    const due = startedAt + (i * periodMs) / 1000;
    await sleep(Math.max(0, (due - clock.monotonic()) * 1000));
    shown.push(clock.monotonic());
    const left = flashes - i - 1;
    write(`\r\x1b[7m${" ".repeat(40)}\x1b[0m ${i < PRACTICE ? "practice" : `${left} to go`}   `);
    await sleep(FLASH_MS);
    write(`\r${" ".repeat(40)} ${i < PRACTICE ? "practice" : `${left} to go`}   `);
  }
  await sleep(periodMs / 2);
  write("\r\x1b[K");
  return shown;
}
