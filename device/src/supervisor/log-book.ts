/** Lines that the processes write to their logs into the last ones of each, and into who reads along. */
import type { LogLevel } from "@tactus/shared";
import type { LogLine } from "../process-channel.js";

export interface LogBookOptions {
  /** Lines kept of each process. Default 500. */
  keep?: number;
  /** Where lines go that are read along, a few times a second. */
  send: (lines: LogLine[], dropped: number) => void;
  /** Monotonic seconds. */
  now: () => number;
  /** Epoch microseconds. */
  nowUs: () => number;
}

const LEVELS: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];
const MAX_TEXT = 2000;
/** Of one message. */
const MAX_LINES = 200;
/** Lines that may wait to be sent; the oldest go. */
const MAX_WAITING = 2000;

export class LogBook {
  readonly #options: LogBookOptions;
  readonly #kept = new Map<string, LogLine[]>();
  #waiting: LogLine[] = [];
  #dropped = 0;
  #level: LogLevel = "info";
  #until = Number.NEGATIVE_INFINITY;

  constructor(options: LogBookOptions) {
    this.#options = options;
  }

  /** One line of a process, whoever wrote it: our own log, the runtime, a library. */
  write(process: string, text: string): void {
    if (text.trim() === "") return;
    const line = lineOf(process, text, this.#options.nowUs());
    const lines = this.#kept.get(process) ?? [];
    lines.push(line);
    if (lines.length > (this.#options.keep ?? 500)) lines.shift();
    this.#kept.set(process, lines);
    if (this.#options.now() < this.#until) this.#offer(line);
  }

  /** The last lines of all processes in the order of time. */
  recent(level: LogLevel = "trace"): LogLine[] {
    const lines = [...this.#kept.values()].flat().filter((line) => isAtLeast(line, level));
    return lines.sort((one, other) => one.atUs - other.atUs);
  }

  /** Read along for so long, seconds, the last lines first; asked again it goes on with that. */
  follow(request: { forS: number; level: LogLevel; lines: number }): void {
    this.#until = this.#options.now() + request.forS;
    this.#level = request.level;
    const recent = request.lines > 0 ? this.recent(request.level).slice(-request.lines) : [];
    for (const line of recent) this.#offer(line);
  }

  /** A few times a second: sends what waits, no more than one message. */
  flush(): void {
    if (this.#waiting.length + this.#dropped === 0) return;
    const lines = this.#waiting.splice(0, MAX_LINES);
    this.#options.send(lines, this.#dropped);
    this.#dropped = 0;
  }

  #offer(line: LogLine): void {
    if (!isAtLeast(line, this.#level)) return;
    this.#waiting.push(line);
    if (this.#waiting.length <= MAX_WAITING) return;
    this.#waiting.shift();
    this.#dropped++;
  }
}

const isAtLeast = ({ level }: LogLine, least: LogLevel): boolean => LEVELS.indexOf(level) >= LEVELS.indexOf(least);

/** A line of our own log is JSON (pino); anything else came from a library or from a crash. */
function lineOf(process: string, text: string, nowUs: number): LogLine {
  try {
    const { level, time, msg = "", name: _name, pid: _pid, hostname: _hostname, ...facts } = JSON.parse(text);
    const rest = Object.keys(facts).length > 0 ? ` ${JSON.stringify(facts)}` : "";
    const atUs = Number.isSafeInteger(time) && time > 0 ? time * 1000 : nowUs;
    return { atUs, level: levelOf(Number(level)), process, text: `${msg}${rest}`.slice(0, MAX_TEXT) };
  } catch {
    return { atUs: nowUs, level: "error", process, text: text.slice(0, MAX_TEXT) };
  }
}

/** pino counts in tens: trace is 10, error 50, fatal 60. */
const levelOf = (number: number): LogLevel => LEVELS[Math.max(0, Math.min(4, Math.round(number / 10) - 1))] ?? "info";
