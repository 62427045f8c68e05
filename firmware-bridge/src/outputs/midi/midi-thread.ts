/**
 * Entry point of a thread of its own: cues into MIDI messages at their times, away from whatever the main thread does.
 * It sleeps by timer until 2 ms before something is due, and precisely from there on.
 */
import { parentPort, workerData } from "node:worker_threads";
import { becomeRealTime } from "../../real-time-thread.js";
import { AlsaPort } from "./alsa-port.js";
import type { MidiPortConfig } from "./midi-config.js";
import { MidiPlayer } from "./midi-player.js";
import type { MidiPort } from "./midi-port.js";
import { RawPort } from "./raw-port.js";
import { RtpPort } from "./rtp/rtp-port.js";
import type { FromThread, ThreadData, ToThread } from "./thread-message.js";

const COARSE_MS = 2;
/** Woken this much too late by the kernel as a rule; the rest is waited for awake. Seconds. */
const AWAKE_S = 0.0001;
const STATE_MS = 500;
const LONGEST_SLEEP_MS = 1000;

const now = () => Number(process.hrtime.bigint()) / 1e9;
const cell = new Int32Array(new SharedArrayBuffer(4));

function portOf(config: MidiPortConfig): MidiPort {
  if (config.kind === "raw") return new RawPort(config);
  return config.kind === "rtp" ? new RtpPort({ ...config, now }) : new AlsaPort(config);
}

class MidiThread {
  readonly #player: MidiPlayer;
  readonly #port: MidiPort;
  readonly #tell: (message: FromThread) => void;
  #timer: NodeJS.Timeout | undefined;
  #reports: NodeJS.Timeout | undefined;
  #sent = 0;

  constructor({ config }: ThreadData, tell: (message: FromThread) => void) {
    this.#player = new MidiPlayer(config);
    this.#port = portOf(config.port);
    this.#tell = tell;
  }

  async start(): Promise<void> {
    try {
      await this.#port.start();
    } catch (error) {
      return this.#tell({ kind: "failed", message: (error as Error).message });
    }
    this.#reports = setInterval(() => this.#report(), STATE_MS);
    this.#tell({ kind: "ready" });
    this.#report();
  }

  async on(message: ToThread): Promise<void> {
    if (message.kind === "cue") this.#player.cue(message.cue, now());
    else if (message.kind === "mode") this.#player.mode(message.mode);
    else return this.#stop();
    this.#plan();
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#timer);
    clearInterval(this.#reports);
    this.#player.mode("released");
    this.#send();
    this.#report();
    await this.#port.stop();
    parentPort?.close();
  }

  #plan(): void {
    clearTimeout(this.#timer);
    const next = this.#player.nextAt();
    if (next === Number.POSITIVE_INFINITY) return;
    const waitMs = (next - this.#port.aheadS - now()) * 1000;
    if (waitMs <= COARSE_MS) this.#timer = setTimeout(() => this.#fire(next), 0);
    else this.#timer = setTimeout(() => this.#plan(), Math.min(waitMs - COARSE_MS, LONGEST_SLEEP_MS));
  }

  #fire(next: number): void {
    const target = next - this.#port.aheadS;
    const sleep = target - now() - AWAKE_S;
    if (sleep > 0) Atomics.wait(cell, 0, 0, sleep * 1000);
    while (now() < target);
    this.#send();
    this.#plan();
  }

  #send(): void {
    const time = now();
    for (const { at, bytes } of this.#player.take(time + this.#port.aheadS, time))
      if (this.#port.send(bytes, at)) this.#sent += 1;
  }

  #report(): void {
    this.#tell({ kind: "state", state: this.#port.state(), sent: this.#sent });
  }
}

if (parentPort) {
  const port = parentPort;
  const thread = new MidiThread(workerData as ThreadData, (message) => port.postMessage(message));
  port.on("message", (message: ToThread) => void thread.on(message));
  await becomeRealTime();
  await thread.start();
}
