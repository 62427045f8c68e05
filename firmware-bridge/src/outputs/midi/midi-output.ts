/** Beats into MIDI clock, transport, notes and time code, by a thread that keeps their times. */
import { Worker } from "node:worker_threads";
import { UnavailableError } from "@tactus/shared";
import type { BeatCue, Output, OutputContext, OutputHealth, OutputMode } from "../output.js";
import type { MidiConfig } from "./midi-config.js";
import type { PortState } from "./midi-port.js";
import type { FromThread, ThreadData, ToThread } from "./thread-message.js";

/** Threads run compiled code, also of a test that sees the sources. */
const THREAD = new URL(import.meta.url.replace("/src/outputs/", "/dist/outputs/").replace(/[^/]+$/, "midi-thread.js"));
const STOP_TIMEOUT_MS = 3000;
const NOTHING_KNOWN: PortState = { receiving: "unknown", peer: "", errors: 0, lastError: "" };

export class MidiOutput implements Output {
  readonly frameRateHz = 0;
  /** The clock bends towards a beat before it falls. */
  readonly leadS = 0.15;
  readonly #config: MidiConfig;
  readonly #context: OutputContext;
  #worker: Worker | undefined;
  #state = NOTHING_KNOWN;
  #sent = 0;
  #mode: OutputMode = "idle";
  /** What former threads counted. */
  #before = { sent: 0, errors: 0 };
  #failure: string | undefined;

  constructor(config: MidiConfig, context: OutputContext) {
    this.#config = config;
    this.#context = context;
  }

  async start(): Promise<void> {
    const workerData: ThreadData = { config: this.#config };
    const worker = new Worker(THREAD, { workerData });
    this.#worker = worker;
    this.#failure = undefined;
    this.#before = { sent: this.#before.sent + this.#sent, errors: this.#before.errors + this.#state.errors };
    this.#state = NOTHING_KNOWN;
    this.#sent = 0;
    await new Promise<void>((resolve, reject) => {
      worker.on("message", (message: FromThread) => {
        if (message.kind === "ready") resolve();
        else if (message.kind === "failed") reject(new UnavailableError(message.message));
        else this.#keep(message);
      });
      worker.on("error", (error) => {
        this.#died(error.message);
        reject(new UnavailableError(`The MIDI thread failed: ${error.message}`, { cause: error }));
      });
    }).catch(async (error: Error) => {
      this.#worker = undefined;
      await worker.terminate();
      throw error;
    });
    this.#tell({ kind: "mode", mode: this.#mode });
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    if (!worker) return;
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    worker.postMessage({ kind: "stop" } satisfies ToThread);
    const timer = setTimeout(() => void worker.terminate(), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }

  beat({ fireAt, bpm, beatInBar, beatsPerBar }: BeatCue): void {
    this.#tell({ kind: "cue", cue: { at: fireAt + this.#monotonicAhead(), bpm, beatInBar, beatsPerBar } });
  }

  frame(): void {}

  mode(mode: OutputMode): void {
    this.#mode = mode;
    this.#tell({ kind: "mode", mode });
  }

  health(): OutputHealth {
    const { receiving, peer, lastError } = this.#state;
    const sent = this.#before.sent + this.#sent;
    const errors = this.#before.errors + this.#state.errors;
    if (this.#failure === undefined) return { receiving, peer, sent, errors, lastError };
    return { receiving: "not-receiving", peer: "", sent, errors: errors + 1, lastError: this.#failure };
  }

  /** The thread counts in CLOCK_MONOTONIC; the bridge's clock may begin elsewhere. */
  #monotonicAhead(): number {
    return Number(process.hrtime.bigint()) / 1e9 - this.#context.now();
  }

  #tell(message: ToThread): void {
    this.#worker?.postMessage(message);
  }

  #keep({ state, sent }: Extract<FromThread, { kind: "state" }>): void {
    if (state.lastError !== this.#state.lastError && state.lastError !== "") this.#context.log.warn(state.lastError);
    this.#state = state;
    this.#sent = sent;
  }

  #died(reason: string): void {
    this.#worker = undefined;
    this.#failure = `The MIDI thread ended: ${reason}; restart the bridge`;
    this.#context.log.warn(this.#failure);
  }
}
