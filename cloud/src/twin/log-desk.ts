/** Everybody who reads a box's log into one request to the box, renewed while somebody reads; its lines to each of them. */
import { randomUUID } from "node:crypto";
import type { LogLevel, LogMessage } from "@tactus/shared";
import { deviceIdOf } from "../device-id.js";
import type { FleetMessage } from "../ingest/ingest.js";
import type { CommandDesk } from "./command-desk.js";

export type LogLine = LogMessage["lines"][number];

export interface LogDeskOptions {
  commands: Pick<CommandDesk, "tell">;
  now(): number;
  /** Readers of all devices together. Default 100. */
  maxReaders?: number;
}

export interface LogReader {
  level: LogLevel;
  /** Lines from before. */
  lines: number;
  onLines(lines: readonly LogLine[], dropped: number): void;
}

const LEVELS: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];
/** A request holds this long, and is renewed well before: seconds. */
const FOR_S = 60;
const RENEW_MS = 20_000;
/** Kept for who comes later. */
const KEPT_LINES = 1000;

interface Tail {
  readers: Set<LogReader>;
  recent: LogLine[];
  level: LogLevel;
  renewal: NodeJS.Timeout;
}

export class LogDesk {
  readonly #options: LogDeskOptions;
  readonly #tails = new Map<string, Tail>();

  constructor(options: LogDeskOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    const readers = [...this.#tails.values()].reduce((sum, tail) => sum + tail.readers.size, 0);
    return readers >= (this.#options.maxReaders ?? 100);
  }

  /** Returns how to leave. */
  read(device: string, by: string, reader: LogReader): () => void {
    const known = this.#tails.get(device);
    const tail = known ?? this.#open(device, by, reader.level);
    tail.readers.add(reader);
    const isMore = rank(reader.level) < rank(tail.level);
    if (isMore) tail.level = reader.level;
    if (known && !isMore)
      reader.onLines(tail.recent.slice(-reader.lines || tail.recent.length).filter(atLeast(reader)), 0);
    else this.#ask(device, by, reader.lines);
    return () => this.#leave(device, reader);
  }

  /** The device has come (back): it knows nothing of who reads. */
  arrived(device: string): void {
    if (this.#tails.has(device)) this.#ask(device, "cloud", 0);
  }

  /** A `log` message of a box. */
  take({ at, message }: Extract<FleetMessage, { leaf: "log" }>): void {
    const tail = this.#tails.get(deviceIdOf(at));
    if (!tail) return;
    tail.recent = [...tail.recent, ...message.lines].slice(-KEPT_LINES);
    for (const reader of tail.readers) reader.onLines(message.lines.filter(atLeast(reader)), message.dropped);
  }

  stop(): void {
    for (const { renewal } of this.#tails.values()) clearInterval(renewal);
    this.#tails.clear();
  }

  #open(device: string, by: string, level: LogLevel): Tail {
    const renewal = setInterval(() => this.#ask(device, by, 0), RENEW_MS);
    const tail: Tail = { readers: new Set(), recent: [], level, renewal };
    this.#tails.set(device, tail);
    return tail;
  }

  #leave(device: string, reader: LogReader): void {
    const tail = this.#tails.get(device);
    if (!tail?.readers.delete(reader) || tail.readers.size > 0) return;
    clearInterval(tail.renewal);
    this.#tails.delete(device); // the box stops by itself when nobody asks again
  }

  #ask(device: string, by: string, lines: number): void {
    const level = this.#tails.get(device)?.level ?? "info";
    const expiresAtUs = this.#options.now() + FOR_S * 1_000_000;
    const command = { action: "log" as const, forS: FOR_S, level, lines };
    this.#options.commands.tell(device, { v: 1, requestId: randomUUID(), by, expiresAtUs, command }).catch(() => {});
  }
}

const rank = (level: LogLevel): number => LEVELS.indexOf(level);
const atLeast =
  (reader: LogReader) =>
  (line: LogLine): boolean =>
    rank(line.level) >= rank(reader.level);
