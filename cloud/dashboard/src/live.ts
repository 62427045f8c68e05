/** The WebSocket to the cloud: keeps it open, keeps the clocks compared, carries commands and their answers. */
import type { ClientMessage, OverrideOutcome, Problem, ServerMessage } from "@tactus/cloud";
import type { OverrideAction } from "@tactus/shared";
import { pageNowUs } from "./frame-loop.js";
import type { LiveStore } from "./store.js";

const FIRST_PINGS_MS = 300;
const PING_MS = 3000;
const FIRST_PINGS = 8;
const MAX_BACKOFF_MS = 15_000;
/** A connection that held so long was good: the next loss begins with a short wait again. */
const STABLE_MS = 10_000;
/** The cloud says something at least every 10 s. */
const SILENCE_MS = 25_000;
const ANSWER_MS = 4000;

export class CommandError extends Error {
  readonly problem: Problem | undefined;

  constructor(message: string, problem?: Problem) {
    super(message);
    this.name = "CommandError";
    this.problem = problem;
  }
}

interface Waiting {
  resolve(outcome: OverrideOutcome): void;
  reject(error: Error): void;
}

export class LiveLink {
  readonly #store: LiveStore;
  readonly #url: string;
  readonly #waiting = new Map<string, Waiting>();
  #socket: WebSocket | undefined;
  #watched: string[] = [];
  #token: string | undefined;
  #losses = 0;
  #pings = 0;
  #openedAt = 0;
  #timers: { ping?: number; silence?: number; retry?: number } = {};
  #stopped = true;

  constructor(options: { store: LiveStore; url: string }) {
    this.#store = options.store;
    this.#url = options.url;
  }

  start(): void {
    this.#stopped = false;
    window.addEventListener("online", this.#retryNow);
    this.#open();
  }

  stop(): void {
    this.#stopped = true;
    window.removeEventListener("online", this.#retryNow);
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.#socket?.close();
  }

  /** From now on details of these devices only. */
  watch(devices: string[]): void {
    this.#watched = devices;
    this.#say({ type: "watch", devices });
  }

  /** Bytes of one output for some seconds; `rig` is the description of its lamps that is known already. */
  watchOutput(request: Omit<Extract<ClientMessage, { type: "watch-output" }>, "type">): void {
    this.#say({ type: "watch-output", ...request });
  }

  /** Kept for reconnects, in memory only. */
  authorize(token: string): void {
    this.#token = token;
    this.#say({ type: "authorize", token });
  }

  /** Resolves with what the device answered. Throws CommandError when it cannot be sent or is not accepted. */
  command(device: string, by: string, command: OverrideAction): Promise<OverrideOutcome> {
    const requestId = crypto.getRandomValues(new Uint32Array(3)).join("-");
    return new Promise((resolve, reject) => {
      if (!this.#say({ type: "override", device, requestId, by, command })) {
        reject(new CommandError("No connection to the cloud"));
        return;
      }
      this.#waiting.set(requestId, { resolve, reject });
      setTimeout(() => this.#settle(requestId, ({ reject }) => reject(new CommandError("No answer"))), ANSWER_MS);
    });
  }

  readonly #retryNow = (): void => {
    if (this.#socket || this.#stopped) return;
    clearTimeout(this.#timers.retry);
    this.#open();
  };

  #open(): void {
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => this.#greet();
    socket.onmessage = ({ data }) => this.#take(JSON.parse(String(data)) as ServerMessage);
    socket.onclose = () => this.#lose(socket);
  }

  #greet(): void {
    this.#openedAt = performance.now();
    this.#pings = 0;
    this.#store.clock.reset();
    this.#store.setLink("open");
    if (this.#token !== undefined) this.#say({ type: "authorize", token: this.#token });
    if (this.#watched.length > 0) this.#say({ type: "watch", devices: this.#watched });
    this.#ping();
  }

  #ping(): void {
    this.#say({ type: "ping", sentAtUs: pageNowUs() });
    const wait = this.#pings++ < FIRST_PINGS ? FIRST_PINGS_MS : PING_MS;
    this.#timers.ping = window.setTimeout(() => this.#ping(), wait);
  }

  #take(message: ServerMessage): void {
    const pageUs = pageNowUs();
    clearTimeout(this.#timers.silence);
    this.#timers.silence = window.setTimeout(() => this.#socket?.close(), SILENCE_MS);
    if (message.type === "pong") {
      const { pingSentAtUs: sentAtUs, receivedAtUs, sentAtUs: repliedAtUs } = message;
      this.#store.clock.add({ sentAtUs, receivedAtUs, repliedAtUs, answeredAtUs: pageUs });
    } else if (message.type === "override") {
      this.#settle(message.requestId, ({ resolve }) => resolve(message));
    } else if (message.type === "problem") {
      const { requestId, problem } = message;
      this.#settle(requestId ?? "", ({ reject }) => reject(new CommandError(problem.detail, problem)));
    } else {
      this.#store.take(message, pageUs);
    }
  }

  #settle(requestId: string, how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting.get(requestId);
    this.#waiting.delete(requestId);
    if (waiting) how(waiting);
  }

  #lose(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    clearTimeout(this.#timers.ping);
    clearTimeout(this.#timers.silence);
    if (this.#stopped) return;
    this.#store.setLink("lost");
    this.#losses = performance.now() - this.#openedAt > STABLE_MS ? 0 : this.#losses + 1;
    // Full jitter: a thousand pages do not come back in the same moment.
    const wait = 200 + Math.random() * Math.min(MAX_BACKOFF_MS, 500 * 2 ** this.#losses);
    this.#timers.retry = window.setTimeout(() => this.#open(), wait);
  }

  #say(message: ClientMessage): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }
}
