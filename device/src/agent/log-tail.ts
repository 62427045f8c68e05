/** Lines of the supervisor's log book into `log` messages, while the cloud asks for them. */
import { type Clock, type CommandAction, type DeviceAddress, type LogMessage, topicOf } from "@tactus/shared";
import type { FromProcess, LogLine } from "../process-channel.js";
import type { Sender } from "./mqtt-link.js";

export interface LogTailParts {
  address: DeviceAddress;
  cloud: Sender;
  clock: Clock;
  tellSupervisor(message: FromProcess): void;
}

type LogCommand = Extract<CommandAction, { action: "log" }>;

/** Of the lines of one message, characters: well below what a broker takes. */
const MAX_CHARACTERS = 60_000;

export class LogTail {
  readonly #parts: LogTailParts;
  #requestId = "";
  #until = Number.NEGATIVE_INFINITY;
  #dropped = 0;

  constructor(parts: LogTailParts) {
    this.#parts = parts;
  }

  /** The newest request is the one that is answered. */
  follow(requestId: string, { forS, level, lines }: LogCommand): void {
    this.#requestId = requestId;
    this.#until = this.#parts.clock.monotonic() + forS;
    this.#parts.tellSupervisor({ kind: "logs", forS, level, lines });
  }

  /** The cloud is gone, and with it who reads. */
  stop(): void {
    if (this.#until === Number.NEGATIVE_INFINITY) return;
    this.#until = Number.NEGATIVE_INFINITY;
    this.#parts.tellSupervisor({ kind: "logs", forS: 0, level: "error", lines: 0 });
  }

  send(lines: readonly LogLine[], dropped: number): void {
    this.#dropped += dropped;
    if (this.#parts.clock.monotonic() > this.#until) return;
    for (const part of partsOf(lines)) this.#sendPart(part);
    if (lines.length === 0) this.#sendPart([]);
  }

  #sendPart(lines: LogLine[]): void {
    const { address, cloud } = this.#parts;
    const message: LogMessage = { v: 1, requestId: this.#requestId, lines, dropped: this.#dropped };
    if (cloud.send(topicOf(address, "log"), JSON.stringify(message))) this.#dropped = 0;
    else this.#dropped += lines.length;
  }
}

function partsOf(lines: readonly LogLine[]): LogLine[][] {
  const parts: LogLine[][] = [];
  let room = 0;
  for (const line of lines) {
    if (line.text.length > room || (parts.at(-1)?.length ?? 0) >= 200) {
      parts.push([]);
      room = MAX_CHARACTERS;
    }
    parts.at(-1)?.push(line);
    room -= line.text.length;
  }
  return parts;
}
