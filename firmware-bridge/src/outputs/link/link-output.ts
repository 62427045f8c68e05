/** Beats of the room into tempo and bar of an Ableton Link session. */
import type { BeatCue, Output, OutputContext, OutputHealth, OutputMode } from "../output.js";
import type { CarabinerMessage, LinkStatus } from "./carabiner-line.js";
import { LinkClock } from "./link-clock.js";
import type { LinkConfig } from "./link-config.js";
import { LinkConnection } from "./link-connection.js";
import { type LeadCommand, SessionLead } from "./session-lead.js";

/** After joining, others are found and measured within this; nothing is said meanwhile. Seconds. */
const SETTLE_S = 2.5;
/** Questions about a beat that are not yet answered. */
const MAX_ASKED = 8;
/** A phase asked for that long ago is of no use any more, seconds. */
const STALE_S = 1;
/** Without downbeats, playing begins so many beats after the music. */
const BLIND_START_BEATS = 8;

interface Asked {
  cue: BeatCue;
  quantum: number;
}

/**
 * Uncertain beats and free-running ones change nothing: a session runs on at its tempo by itself. With `startStop`, silence (`idle`)
 * and `released` stop the transport. `released` also leaves the session, as far as our helper is used.
 */
export class LinkOutput implements Output {
  readonly frameRateHz = 0;
  /** As long as a revision may still come there is no need to know. */
  readonly leadS = 0.1;
  readonly #config: LinkConfig;
  readonly #context: OutputContext;
  readonly #lead: SessionLead;
  readonly #clock: LinkClock;
  readonly #connection: LinkConnection;
  readonly #asked = new Map<number, Asked>();
  #status: LinkStatus | undefined;
  #open = false;
  #waits = false;
  /** Since when we are in the session; undefined outside. */
  #joinedAt: number | undefined;
  #mode: OutputMode = "idle";
  #playing = false;
  #beatsSinceMusic = 0;
  #sent = 0;
  #errors = 0;
  #lastError = "";

  constructor(config: LinkConfig, context: OutputContext) {
    this.#config = config;
    this.#context = context;
    this.#lead = new SessionLead(config);
    this.#clock = new LinkClock({
      now: () => context.now(),
      send: (line) => this.#connection.send(line),
      startStop: config.startStop,
    });
    this.#connection = new LinkConnection({
      config,
      onMessage: (message) => this.#onMessage(message),
      onOpen: (waits) => this.#onOpen(waits),
      onLost: (reason) => this.#onLost(reason),
    });
  }

  async start(): Promise<void> {
    await this.#connection.start();
  }

  async stop(): Promise<void> {
    this.#setPlaying(false, this.#context.now());
    this.#clock.stop();
    this.#open = false;
    this.#status = undefined;
    this.#asked.clear();
    await this.#connection.stop();
  }

  beat(cue: BeatCue): void {
    if (!this.#open || !this.#clock.known) return;
    if (cue.source !== "free-running") this.#beatsSinceMusic += 1;
    if (this.#joinedAt === undefined) this.#join(cue);
    if (this.#joinedAt === undefined || this.#context.now() - this.#joinedAt < SETTLE_S) return;
    this.#ask(cue);
    this.#startWith(cue);
  }

  frame(): void {}

  mode(mode: OutputMode): void {
    this.#mode = mode;
    if (mode !== "idle" && mode !== "released") return;
    this.#beatsSinceMusic = 0;
    this.#lead.reset();
    this.#setPlaying(false, this.#context.now());
    if (mode === "released" && this.#waits && this.#joinedAt !== undefined) this.#leave();
  }

  health(): OutputHealth {
    const peers = this.#status?.peers ?? 0;
    const counters = { sent: this.#sent, errors: this.#errors, lastError: this.#lastError };
    return { receiving: peers > 0 ? "receiving" : "not-receiving", peer: this.#describe(peers), ...counters };
  }

  #describe(peers: number): string {
    if (!this.#open) return "";
    if (this.#joinedAt === undefined) return "not in the session yet: waits for sure beats";
    const others = peers === 1 ? "1 peer" : `${peers} peers`;
    return `${others}, ${(this.#status?.bpm ?? 0).toFixed(2)} BPM, ${this.#lead.state}`;
  }

  #onOpen(waits: boolean): void {
    this.#open = true;
    this.#waits = waits;
    this.#joinedAt = waits ? undefined : this.#context.now();
    this.#playing = false;
    this.#lead.reset();
    this.#clock.start();
    if (this.#config.startStop) this.#send("enable-start-stop-sync");
    this.#context.log.info(waits ? "Link helper started" : "Carabiner found");
  }

  #onLost(reason: string): void {
    this.#open = false;
    this.#status = undefined;
    this.#asked.clear();
    this.#clock.stop();
    this.#errors += 1;
    this.#lastError = `Link: ${reason}; trying again`;
    this.#context.log.warn(this.#lastError);
  }

  #onMessage(message: CarabinerMessage): void {
    this.#clock.onMessage(message);
    if (message.kind === "status") this.#status = message;
    if (message.kind === "phase-at-time") this.#onPhase(message);
    if (message.kind === "refused") {
      this.#errors += 1;
      this.#lastError = `Link: a ${message.argument} was refused`;
    }
  }

  /** A session of our own begins with the room's tempo, never with a default one: whoever comes later takes it over. */
  #join(cue: BeatCue): void {
    if (cue.source === "free-running" || cue.confidence < this.#config.minConfidence || cue.bpm <= 0) return;
    const { quantum, beatInBar } = barOf(cue);
    this.#send(`bpm ${cue.bpm.toFixed(2)}`);
    this.#send(`request-beat-at-time ${Math.max(0, beatInBar - 1)} ${this.#clock.linkUs(cue.fireAt)} ${quantum}`);
    this.#send("tactus-enable");
    this.#joinedAt = this.#context.now();
    this.#lead.reset();
  }

  #leave(): void {
    this.#send("tactus-disable");
    this.#joinedAt = undefined;
  }

  #ask(cue: BeatCue): void {
    const { quantum } = barOf(cue);
    const whenUs = this.#clock.linkUs(cue.fireAt);
    if (!this.#send(`phase-at-time ${whenUs} ${quantum}`)) return;
    this.#asked.set(whenUs, { cue, quantum });
    for (const old of this.#asked.keys()) if (this.#asked.size > MAX_ASKED) this.#asked.delete(old);
  }

  #onPhase({ whenUs, value }: { whenUs: number; value: number }): void {
    const asked = this.#asked.get(whenUs);
    this.#asked.delete(whenUs);
    const status = this.#status;
    if (!asked || !status || this.#context.now() - asked.cue.fireAt > STALE_S) return;
    const cue = { ...asked.cue, beatInBar: barOf(asked.cue).beatInBar };
    const { bpm, peers } = status;
    const commands = this.#lead.onBeat({ cue, phase: value, quantum: asked.quantum, bpm, peers });
    for (const command of commands) this.#tell(command, whenUs, asked.quantum);
  }

  #tell(command: LeadCommand, whenUs: number, quantum: number): void {
    if (command.kind === "bpm") this.#send(`bpm ${command.bpm.toFixed(2)}`);
    else this.#send(`${command.force ? "force" : "request"}-beat-at-time ${command.beat} ${whenUs} ${quantum}`);
  }

  /** Playing begins with a bar, and once joined: Link tells others only of changes within the session. */
  #startWith(cue: BeatCue): void {
    if (!this.#config.startStop || this.#playing || this.#mode !== "following") return;
    const blind = cue.beatInBar === 0 && this.#beatsSinceMusic >= BLIND_START_BEATS;
    if (cue.beatInBar === 1 || blind) this.#setPlaying(true, cue.fireAt);
  }

  #setPlaying(playing: boolean, at: number): void {
    if (!this.#config.startStop || playing === this.#playing || !this.#clock.known) return;
    if (this.#send(`${playing ? "start" : "stop"}-playing ${this.#clock.linkUs(at)}`)) this.#playing = playing;
  }

  #send(line: string): boolean {
    const sent = this.#connection.send(line);
    if (sent) this.#sent += 1;
    return sent;
  }
}

/** Link's quantum is 2…16 beats; in a bar of another length only the beat is kept, not its number. */
function barOf(cue: BeatCue): { quantum: number; beatInBar: number } {
  if (cue.beatsPerBar >= 2 && cue.beatsPerBar <= 16) return { quantum: cue.beatsPerBar, beatInBar: cue.beatInBar };
  return { quantum: 4, beatInBar: 0 };
}
