/** `tactus bridge test OUTPUT`: a metronome through one output, so that a person can set its latency by eye. */
import { once } from "node:events";
import { systemClock, UnavailableError, UsageError } from "@tactus/shared";
import type { LoadedConfig } from "./config.js";
import { NO_RIG } from "./no-rig.js";
import type { OutputContext } from "./outputs/output.js";
import { RunningOutput } from "./running-output.js";
import { RoomWatch } from "./scheduler/room-watch.js";
import { createShow, loadProfiles } from "./show/index.js";
import { FiringLoop } from "./timer/firing-loop.js";

const AHEAD_S = 0.5;
const BEATS_PER_BAR = 4;
const STEP_MS = 5;

export interface MetronomeOptions {
  loaded: LoadedConfig;
  name: string;
  bpm: number;
  /** Seconds; Infinity = until Ctrl-C. */
  seconds: number;
  print: (line: string) => void;
  log: OutputContext["log"];
}

/** Throws UsageError when there is no such output. */
export async function runMetronome(options: MetronomeOptions): Promise<void> {
  const output = await openOutput(options);
  const room = new RoomWatch();
  Object.assign(room.facts, { known: true, running: true, music: true, sure: true, validUntil: Infinity });
  const now = () => systemClock.monotonic();
  const decide = () => {
    if (output.schedule.decide(room.facts, now())) output.output.mode(output.schedule.mode);
  };
  const loop = new FiringLoop({ now, onTurn: decide, energyAt: () => undefined });
  await output.start();
  loop.add(output);
  loop.start();
  const ticking = startTicking(output, options, () => loop.poke());
  const stop = new AbortController();
  const forgetKeys = listenToKeys(output, options, stop);
  process.once("SIGINT", () => stop.abort());
  const timer = Number.isFinite(options.seconds) ? setTimeout(() => stop.abort(), options.seconds * 1000) : undefined;
  if (!stop.signal.aborted) await once(stop.signal, "abort");
  clearTimeout(timer);
  clearInterval(ticking);
  forgetKeys();
  loop.stop();
  await output.stop();
  const { sent, lastError, peer } = output.output.health();
  const reason = output.trouble || (sent === 0 ? lastError : "");
  if (reason) throw new UnavailableError(`Output ${options.name} never opened: ${reason}`);
  options.print(`${output.schedule.counts.fired} beats, ${sent} messages sent${peer ? ` to ${peer}` : ""}`);
  if (lastError) options.print(`Last error: ${lastError}`);
}

async function openOutput({ loaded, name, log }: MetronomeOptions): Promise<RunningOutput> {
  const { config, folder } = loaded;
  const settings = config.outputs[name];
  if (!settings) {
    const known = Object.keys(config.outputs).join(", ") || "none";
    throw new UsageError(`No output "${name}" in ${loaded.path}: there are ${known}`);
  }
  const { rig } = config;
  const dmx = rig ? createShow(rig, { loadProfile: await loadProfiles(rig, { folder }) }) : NO_RIG;
  return new RunningOutput({
    name,
    config: settings,
    stateDir: config.stateDir,
    clock: systemClock,
    log,
    dmx,
    host: { broker: config.mqtt, address: () => undefined, override: () => {} },
    source: "metronome",
    onStarted: () => {},
  });
}

function startTicking(output: RunningOutput, { bpm, print }: MetronomeOptions, poke: () => void): NodeJS.Timeout {
  const period = 60 / bpm;
  const start = systemClock.monotonic() + AHEAD_S;
  let beat = 0;
  return setInterval(() => {
    while (start + beat * period < systemClock.monotonic() + AHEAD_S) {
      const energy = { low: 0.8, mid: 0.5, high: 0.4 };
      output.schedule.announce({
        beatId: `metronome-${beat}`,
        rev: 0,
        withdrawn: false,
        dueAt: start + beat * period,
        beatInBar: (beat % BEATS_PER_BAR) + 1,
        beatsPerBar: BEATS_PER_BAR,
        bar: Math.floor(beat / BEATS_PER_BAR),
        period,
        confidence: 1,
        energy,
      });
      showTick({ at: start + beat * period, beat, print });
      beat++;
      poke();
    }
  }, 50);
}

/** On the screen at the beat itself, whatever the output's latency: the two should fall together. */
function showTick({ at, beat, print }: { at: number; beat: number; print: (line: string) => void }): void {
  const mark = beat % BEATS_PER_BAR === 0 ? "● 1" : `· ${(beat % BEATS_PER_BAR) + 1}`;
  setTimeout(() => print(mark), Math.max(0, (at - systemClock.monotonic()) * 1000));
}

/** + and - move the latency while it runs, q ends. Returns what undoes it. */
function listenToKeys(output: RunningOutput, { print, name }: MetronomeOptions, stop: AbortController): () => void {
  const { stdin } = process;
  if (!stdin.isTTY) return () => {};
  print("+ fires earlier, - later, q ends");
  const onKey = (key: Buffer) => {
    const text = key.toString();
    if (text === "q" || text === "\u0003") return stop.abort();
    const step = text === "+" ? STEP_MS : text === "-" ? -STEP_MS : 0;
    if (step === 0) return undefined;
    output.schedule.latency += step / 1000;
    return print(`Write under outputs.${name}: latencyMs: ${Math.round(output.schedule.latency * 1000)}`);
  };
  stdin.setRawMode(true).resume().on("data", onKey);
  return () => void stdin.off("data", onKey).setRawMode(false).pause();
}
