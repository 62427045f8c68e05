/** Beats, modes and levels into OS2L messages to a lighting program. */
import { TcpLink } from "../net/tcp-link.js";
import type { BeatCue, BeatPose, Output, OutputContext, OutputHealth, OutputMode } from "../output.js";
import { JsonSplitter } from "./json-splitter.js";
import type { Os2lButton, Os2lConfig } from "./os2l-config.js";
import { Os2lHost } from "./os2l-host.js";
import { beatMessage, decodeOs2lFeedback, encodeOs2l } from "./os2l-message.js";

/** How long a button stays down for a beat, milliseconds; at most half the beat. */
const PRESS_MS = 100;
const DARK: readonly OutputMode[] = ["idle", "blackout", "released"];

/**
 * Following and free-running: a `beat` per beat. Without beats programs stop stepping and keep their look. In idle, blackout and
 * released no beat is passed on, and commands go to 0. Buttons bound to a mode say which mode it is. The connection stays open
 * throughout: it shows that the program is there.
 */
export class Os2lOutput implements Output {
  readonly frameRateHz: number;
  readonly leadS = 0;
  readonly #config: Os2lConfig;
  readonly #log: OutputContext["log"];
  readonly #host: Os2lHost;
  readonly #link: TcpLink;
  readonly #lastParam = new Map<number, number>();
  readonly #presses = new Map<Os2lButton, NodeJS.Timeout>();
  #splitter = new JsonSplitter();
  #mode: OutputMode | undefined;
  #position = 0;
  #sent = 0;
  #errors = 0;
  #lastError = "";
  #peer = "";

  constructor(config: Os2lConfig, context: Pick<OutputContext, "log">) {
    this.#config = config;
    this.#log = context.log;
    this.frameRateHz = config.commands.length > 0 ? config.commandRateHz : 0;
    this.#host = new Os2lHost({
      config,
      onFound: () => this.#link.retryNow(),
      onFailure: (text) => this.#failed(text),
    });
    this.#link = new TcpLink({
      target: () => this.#host.current(),
      onOpen: () => this.#opened(),
      onData: (bytes) => this.#receive(bytes),
      onClose: (reason) => this.#closed(reason),
    });
  }

  async start(): Promise<void> {
    this.#mode = undefined;
    this.#host.start();
    this.#link.start();
  }

  /** Lets go of every button, then closes. */
  async stop(): Promise<void> {
    for (const button of [...this.#presses.keys()]) this.#release(button);
    for (const button of this.#config.buttons) if (button.when === this.#mode) this.#press(button, "off");
    this.#zeroCommands();
    this.#host.stop();
    await this.#link.stop();
  }

  beat(cue: BeatCue): void {
    if (this.#mode !== undefined && DARK.includes(this.#mode)) return;
    const { beats, change, phraseBars } = this.#config;
    const isBar = cue.beatInBar === 1;
    const isPhrase = isBar && cue.bar % phraseBars === 0;
    const { low, mid, high } = cue.energy;
    const message = beatMessage({
      change: change === "bar" ? isBar : isPhrase,
      pos: this.#position++,
      bpm: cue.bpm,
      strength: Math.max(low, mid, high),
    });
    if (beats) this.#write(encodeOs2l(message));
    const pressMs = Math.min(PRESS_MS, cue.bpm > 0 ? 30_000 / cue.bpm : PRESS_MS);
    for (const button of this.#config.buttons) {
      const isDue =
        button.when === "beat" || (button.when === "bar" && isBar) || (button.when === "phrase" && isPhrase);
      if (isDue) this.#pressFor(button, pressMs);
    }
  }

  frame(pose: BeatPose): void {
    if (DARK.includes(pose.mode)) return;
    const values = { ...pose.energy, level: pose.level, confidence: pose.confidence, beatPhase: pose.beatPhase };
    for (const { id, value } of this.#config.commands) this.#command(id, 100 * values[value]);
  }

  mode(mode: OutputMode): void {
    const before = this.#mode;
    this.#mode = mode;
    if (mode === before) return;
    for (const button of this.#config.buttons) if (button.when === before) this.#press(button, "off");
    for (const button of this.#config.buttons) if (button.when === mode) this.#press(button, "on");
    if (DARK.includes(mode)) this.#zeroCommands();
  }

  /** Connected is receiving: only a lighting program listens there. */
  health(): OutputHealth {
    const target = this.#host.current();
    const isBrowsing = target === undefined && this.#lastError === "";
    return {
      receiving: this.#link.connected ? "receiving" : "not-receiving",
      peer: this.#link.connected ? this.#peer : "",
      sent: this.#sent,
      errors: this.#errors,
      lastError: isBrowsing
        ? "No OS2L program found yet: start it, or name host and port (QLC+ does not advertise itself: port 9996)"
        : this.#lastError,
    };
  }

  #opened(): void {
    const target = this.#host.current();
    this.#peer = target ? `${target.name || "OS2L program"} at ${target.host}:${target.port}` : "";
    this.#lastError = "";
    this.#splitter = new JsonSplitter();
    this.#lastParam.clear();
    this.#log.info(`${this.#peer} connected`);
    for (const button of this.#config.buttons) if (button.when === this.#mode) this.#press(button, "on");
  }

  #closed(reason: string): void {
    const target = this.#host.current();
    this.#failed(`OS2L ${target ? `${target.host}:${target.port}` : ""}: ${reason}: is the lighting program running?`);
    this.#host.demote();
  }

  #failed(text: string): void {
    this.#errors++;
    if (text !== this.#lastError) this.#log.warn(text);
    this.#lastError = text;
  }

  #receive(bytes: Uint8Array): void {
    for (const text of this.#splitter.push(bytes)) {
      const feedback = decodeOs2lFeedback(text);
      if (feedback) this.#log.info(`Button "${feedback.name}" is ${feedback.state} in the lighting program`);
    }
  }

  #pressFor(button: Os2lButton, pressMs: number): void {
    this.#release(button);
    this.#press(button, "on");
    this.#presses.set(
      button,
      setTimeout(() => this.#release(button), pressMs),
    );
  }

  #release(button: Os2lButton): void {
    const timer = this.#presses.get(button);
    if (!timer) return;
    clearTimeout(timer);
    this.#presses.delete(button);
    this.#press(button, "off");
  }

  #press({ name, page }: Os2lButton, state: "on" | "off"): void {
    this.#write(encodeOs2l({ evt: "btn", name, ...(page === undefined ? {} : { page }), state }));
  }

  #command(id: number, value: number): void {
    const param = Math.round(Math.min(100, Math.max(0, value)));
    if (this.#lastParam.get(id) === param) return;
    if (this.#write(encodeOs2l({ evt: "cmd", id, param }))) this.#lastParam.set(id, param);
  }

  #zeroCommands(): void {
    for (const { id } of this.#config.commands) this.#command(id, 0);
  }

  #write(text: string): boolean {
    const isSent = this.#link.write(text);
    if (isSent) this.#sent++;
    else this.#errors++;
    return isSent;
  }
}
