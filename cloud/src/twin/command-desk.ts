/** An operator's command into the box's `command`, and the box's `command/result` back to who waits for it. */
import { type CommandAction, type CommandRequest, InputError } from "@tactus/shared";
import type { Audit } from "../audit/audit.js";
import type { DeviceLink } from "../broker/device-link.js";
import { deviceIdOf, parseDeviceId } from "../device-id.js";
import type { FleetMessage } from "../ingest/ingest.js";
import type { DeviceBoard } from "../live/device-board.js";
import type { Log } from "../log.js";
import { ConflictError, NotFoundError } from "../problems.js";
import type { FleetStore } from "../store/fleet-store.js";
import type { StoredCommand } from "./twin-tables.js";

export interface CommandDeskOptions {
  fleet: FleetStore;
  link: DeviceLink;
  board: DeviceBoard;
  audit: Audit;
  log: Log;
  now(): number;
}

export interface CommandOrder {
  device: string;
  requestId: string;
  by: string;
  command: CommandAction;
  /** The box does not begin it later than this from now, seconds. */
  expiresInS: number;
}

type Settled = (command: StoredCommand) => void;

export class CommandDesk {
  readonly #options: CommandDeskOptions;
  readonly #waiting = new Map<string, Set<Settled>>();

  constructor(options: CommandDeskOptions) {
    this.#options = options;
  }

  /** The same request again is the same command: it is sent again as long as it has not ended, and done once. */
  async send({ device, requestId, by, command, expiresInS }: CommandOrder): Promise<StoredCommand> {
    this.#requireOnline(device);
    const { fleet, audit, now } = this.#options;
    await audit({ by, action: `command.${command.action}`, subject: device, detail: { requestId, ...command } });
    const atUs = now();
    const expiresAtUs = atUs + expiresInS * 1_000_000;
    const entry = { device, requestId, by, atUs, expiresAtUs, command, message: "", resultAtUs: 0 };
    const added = await fleet.twins.addCommand({ ...entry, state: "sent" }).catch(explain);
    if (hasEnded(added.command)) return added.command;
    await this.tell(device, { v: 1, requestId, by, expiresAtUs: added.command.expiresAtUs, command });
    return added.command;
  }

  /** To the box, without a trace here. */
  tell(device: string, request: CommandRequest): Promise<void> {
    return this.#options.link.publish(parseDeviceId(device), "command", request);
  }

  /** The command as it stands when it has ended, or after `waitS` seconds. */
  async settled(command: StoredCommand, waitS: number): Promise<StoredCommand> {
    if (hasEnded(command) || waitS <= 0) return command;
    const key = keyOf(command.device, command.requestId);
    const waiters = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiters);
    const newest = await new Promise<StoredCommand | undefined>((resolve) => {
      const timer = setTimeout(() => settle(undefined), waitS * 1000);
      const settle = (settled: StoredCommand | undefined) => {
        clearTimeout(timer);
        waiters.delete(settle);
        if (waiters.size === 0) this.#waiting.delete(key);
        resolve(settled);
      };
      waiters.add(settle);
      // The box may have been quicker than this line.
      this.#newest(command).then((now) => hasEnded(now) && settle(now), settle.bind(undefined, undefined));
    });
    return newest ?? this.#newest(command);
  }

  async #newest(command: StoredCommand): Promise<StoredCommand> {
    return (await this.#options.fleet.twins.command(command.device, command.requestId)) ?? command;
  }

  /** Throws NotFoundError. */
  async find(device: string, requestId: string): Promise<StoredCommand> {
    const command = await this.#options.fleet.twins.command(device, requestId);
    if (command) return command;
    throw new NotFoundError(`No command "${requestId.slice(0, 64)}" of "${device}" is known`, {
      remedy: `GET /api/v1/devices/${device}/commands lists the newest`,
    });
  }

  /** A `command/result` of a box. */
  take({ at, message }: Extract<FleetMessage, { leaf: "command/result" }>, receivedAtUs: number): void {
    const { fleet, log } = this.#options;
    const device = deviceIdOf(at);
    fleet.twins
      .settleCommand(device, message, receivedAtUs)
      .then((settled) => {
        if (!settled || !hasEnded(settled)) return;
        for (const settle of this.#waiting.get(keyOf(device, message.requestId)) ?? []) settle(settled);
      })
      .catch((error: Error) => log.error({ device, reason: error.message }, "Result of a command not stored"));
  }

  #requireOnline(deviceId: string): void {
    const device = this.#options.board.detail(deviceId);
    if (!device) throw new NotFoundError(`No device "${deviceId}"`, { remedy: "GET /api/v1/devices lists them" });
    if (device.state === "online") return;
    throw new ConflictError(`Device "${deviceId}" is offline: it hears no command`, {
      remedy: "Send it again when the device is back",
    });
  }
}

const keyOf = (device: string, requestId: string): string => `${device} ${requestId}`;
export const hasEnded = ({ state }: StoredCommand): boolean => state !== "sent" && state !== "accepted";

function explain(cause: Error): never {
  if (!(cause instanceof InputError)) throw cause;
  throw new ConflictError(cause.message, { cause, field: "requestId" });
}
