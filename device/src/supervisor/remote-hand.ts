/** What the agent is asked from afar and cannot do itself: settings of all processes, their logs, their restarts. */
import type { Logger } from "pino";
import type { DeviceConfig } from "../config.js";
import { readKeptWish } from "../kept-wish.js";
import type { FromProcess, LogLine, RestartPart, ToProcess } from "../process-channel.js";
import { ownSettings, type Settings, settle } from "../remote-settings.js";
import { LogBook } from "./log-book.js";

export interface RemoteHandOptions {
  config: DeviceConfig;
  /** Of the supervisor. */
  log: Logger;
  tell(to: "hearing" | "agent", message: ToProcess): void;
  restart(part: "hearing" | "agent"): void;
  now: () => number;
  nowUs: () => number;
}

const FLUSH_MS = 250;

export class RemoteHand {
  readonly #options: RemoteHandOptions;
  readonly #book: LogBook;
  readonly own: Settings;
  #settings: Settings;
  /** Restarts under way, and the processes that are not up again yet. */
  readonly #restarts = new Map<string, Set<"hearing" | "agent">>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RemoteHandOptions) {
    this.#options = options;
    this.own = ownSettings(options.config);
    this.#settings = this.own;
    const send = (lines: LogLine[], dropped: number) => options.tell("agent", { kind: "log-lines", lines, dropped });
    this.#book = new LogBook({ send, now: options.now, nowUs: options.nowUs });
  }

  /** What holds now: the box's own settings and upon them the last wish of the cloud. */
  get settings(): Settings {
    return this.#settings;
  }

  start(): void {
    const wish = readKeptWish(this.#options.config.stateDir);
    if (wish) this.#hold(settle(this.own, wish.config).settings);
    this.#timer = setInterval(() => this.#book.flush(), FLUSH_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** A line of any process's log. */
  write(process: string, line: string): void {
    this.#book.write(process, line);
  }

  /** A message of the agent. */
  hear(message: FromProcess): void {
    const { tell } = this.#options;
    if (message.kind === "settings") {
      this.#hold(message.settings);
      tell("hearing", message);
    }
    if (message.kind === "logs") this.#book.follow(message);
    if (message.kind === "recent-logs") tell("agent", { kind: "recent-logs", lines: this.#book.recent() });
    if (message.kind === "restart") this.#restart(message.part, message.requestId);
  }

  /** This process is up (again). */
  up(process: "hearing" | "agent"): void {
    if (process === "hearing") this.#options.tell("hearing", { kind: "settings", settings: this.#settings });
    for (const [requestId, missing] of this.#restarts) {
      missing.delete(process);
      if (missing.size > 0) continue;
      this.#restarts.delete(requestId);
      this.#options.tell("agent", { kind: "restarted", requestId });
    }
  }

  #hold(settings: Settings): void {
    this.#settings = settings;
    this.#options.log.level = settings.logLevel;
  }

  #restart(part: RestartPart, requestId: string): void {
    const processes = part === "box" ? (["hearing", "agent"] as const) : ([part] as const);
    this.#restarts.set(requestId, new Set(processes));
    for (const process of processes) this.#options.restart(process);
  }
}
