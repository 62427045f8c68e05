/** `command` requests into deeds, each done once, and what came of them into `command/result`. */
import {
  CommandRequest,
  type CommandResult,
  type DeviceAddress,
  InputError,
  parseJsonAs,
  topicOf,
} from "@tactus/shared";
import type { Logger } from "pino";
import { z } from "zod";
import type { FromProcess } from "../process-channel.js";
import type { CommandMemory, Remembered } from "./command-memory.js";
import type { LogTail } from "./log-tail.js";
import type { Sender } from "./mqtt-link.js";

export interface CommandsParts {
  address: DeviceAddress;
  cloud: Sender;
  memory: CommandMemory;
  tail: LogTail;
  tellSupervisor(message: FromProcess): void;
  /** Resolves with what was sent, in words. */
  sendBundle(requestId: string): Promise<string>;
  /** Undefined: the login of this box is in its own file. */
  rotateCredentials: (() => Promise<void>) | undefined;
  /** Epoch microseconds by the cloud's clock, as well as it is known. */
  cloudNowUs(): number;
  log: Logger;
}

/** What can be read of a request that a newer cloud makes. */
const AnyRequest = z.object({ requestId: CommandRequest.shape.requestId });

export class Commands {
  readonly #parts: CommandsParts;

  constructor(parts: CommandsParts) {
    this.#parts = parts;
  }

  /** A restart of this very process is done when it is read here. */
  start(): void {
    const { memory } = this.#parts;
    memory.start();
    for (const entry of memory.all().filter(({ state }) => state === "accepted")) {
      if (entry.action === "restart" && entry.part === "agent")
        this.#settle(entry, "done", "The agent was started anew");
      // Of the whole box: the supervisor says when the other process is up, too.
      else if (entry.action !== "restart") this.#settle(entry, "failed", "The agent ended while it was at it");
      else if (entry.part === "hearing")
        this.#settle(entry, "failed", "The agent ended meanwhile; hearing was told to");
    }
  }

  /** A `command` message. */
  hear(payload: Buffer): void {
    const request = this.#read(payload);
    if (!request) return;
    const { memory, tail, cloudNowUs } = this.#parts;
    const { requestId, command, expiresAtUs } = request;
    const known = memory.find(requestId);
    if (known) {
      this.#tell(known);
    } else if (cloudNowUs() > expiresAtUs) {
      this.#tellOnce(requestId, "refused", "It came after its time: send it again");
    } else if (command.action === "log") {
      tail.follow(requestId, command);
      this.#tellOnce(requestId, "done", `The log follows for ${command.forS} s`);
    } else {
      this.#take(request);
    }
  }

  #take(request: CommandRequest): void {
    const { memory, log } = this.#parts;
    const { requestId, command, by } = request;
    log.info({ action: command.action, by, requestId }, "Command");
    const part = command.action === "restart" ? command.part : "";
    const entry = { requestId, action: command.action, part, state: "accepted" as const, message: "", isTold: false };
    memory.put(entry);
    this.#tell(entry);
    this.#begin(entry, request);
  }

  /** The supervisor has got a process up again that was to be restarted. */
  restarted(requestId: string): void {
    const entry = this.#parts.memory.find(requestId);
    if (entry?.state === "accepted") this.#settle(entry, "done", `${nameOf(entry.part)} was started anew`);
  }

  /** Results that could not be told. */
  linkUp(): void {
    for (const entry of this.#parts.memory.all()) if (!entry.isTold && entry.state !== "accepted") this.#tell(entry);
  }

  #begin(entry: Remembered, { command }: CommandRequest): void {
    const { tellSupervisor, sendBundle, rotateCredentials } = this.#parts;
    if (command.action === "restart") {
      tellSupervisor({ kind: "restart", part: command.part, requestId: entry.requestId });
    } else if (command.action === "support-bundle") {
      this.#follow(entry, sendBundle(entry.requestId));
    } else if (rotateCredentials) {
      this.#follow(
        entry,
        rotateCredentials().then(() => "The box has new credentials"),
      );
    } else {
      this.#settle(entry, "refused", "The login of this box is in its own file: change it there");
    }
  }

  #follow(entry: Remembered, deed: Promise<string>): void {
    deed.then(
      (message) => this.#settle(entry, "done", message),
      (error: Error) => this.#settle(entry, "failed", error.message),
    );
  }

  #settle(entry: Remembered, state: CommandResult["state"], message: string): void {
    const settled = { ...entry, state, message: message.slice(0, 400), isTold: false };
    this.#parts.memory.put(settled);
    this.#tell(settled);
  }

  #tell(entry: Remembered): void {
    const isTold = this.#tellOnce(entry.requestId, entry.state, entry.message);
    if (isTold && !entry.isTold && entry.state !== "accepted") this.#parts.memory.put({ ...entry, isTold });
  }

  #tellOnce(requestId: string, state: CommandResult["state"], message: string): boolean {
    const result: CommandResult = { v: 1, requestId, state, message };
    const { address, cloud } = this.#parts;
    return cloud.send(topicOf(address, "command/result"), JSON.stringify(result), { qos: 1 });
  }

  #read(payload: Buffer): CommandRequest | undefined {
    try {
      return parseJsonAs(CommandRequest, payload, "command");
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#parts.log.warn({ reason: error.message }, "Command refused");
      this.#refuseUnread(payload, error.message);
      return undefined;
    }
  }

  #refuseUnread(payload: Buffer, reason: string): void {
    try {
      const { requestId } = parseJsonAs(AnyRequest, payload, "command");
      this.#tellOnce(requestId, "refused", reason.slice(0, 400));
    } catch (error) {
      if (!(error instanceof InputError)) throw error; // nobody can be answered
    }
  }
}

const nameOf = (part: string): string => (part === "box" ? "The box" : `The process ${part}`);
