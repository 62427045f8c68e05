/** An operator's command to a device, and the device's answer back to the operator. */
import { type OverrideAction, OverrideSet, type OverrideState, parseAs } from "@tactus/shared";
import type { DeviceLink } from "../broker/device-link.js";
import { parseDeviceId } from "../device-id.js";
import type { DeviceBoard } from "../live/device-board.js";
import type { LiveEvent, OverrideOutcome } from "../live/live-messages.js";
import type { Counter, Metrics } from "../metrics.js";
import { ConflictError, NotFoundError } from "../problems.js";

export interface OverrideRequest {
  device: string;
  requestId: string;
  /** Who: shown to everyone. */
  by: string;
  command: OverrideAction;
}

export interface OverrideDeskOptions {
  link: DeviceLink;
  board: DeviceBoard;
  metrics: Metrics;
  /** How long a device's answer is waited for. Default 2000. */
  answerMs?: number;
}

export class OverrideDesk {
  readonly #link: DeviceLink;
  readonly #board: DeviceBoard;
  readonly #answerMs: number;
  readonly #outcomes: Counter;
  /** By device and request id. */
  readonly #waiting = new Map<string, (state: OverrideState) => void>();

  constructor({ link, board, metrics, answerMs = 2000 }: OverrideDeskOptions) {
    this.#link = link;
    this.#board = board;
    this.#answerMs = answerMs;
    this.#outcomes = metrics.counter("tactus_overrides_total", "Commands of operators, by outcome");
  }

  /** Resolves with the device's answer, or `pending` when none came in time. Throws for an unknown or absent device. */
  async send({ device, requestId, by, command }: OverrideRequest): Promise<OverrideOutcome> {
    this.#requireOnline(device);
    const message = parseAs(OverrideSet, { v: 1, requestId, by, command }, "Override");
    const answered = this.#answerTo(`${device} ${requestId}`);
    await this.#link.publish(parseDeviceId(device), "override/set", message);
    const state = await answered;
    const outcome = state === null ? "pending" : state.refused ? "refused" : "done";
    this.#outcomes.add({ outcome });
    return { requestId, device, outcome, state };
  }

  /** Every event passes here; those that answer somebody are handed on. */
  observe(event: LiveEvent): void {
    if (event.type === "override/state") this.#waiting.get(`${event.device} ${event.data.lastRequestId}`)?.(event.data);
  }

  #requireOnline(deviceId: string): void {
    const device = this.#board.detail(deviceId);
    if (!device) throw new NotFoundError(`No device "${deviceId}"`, { remedy: "GET /api/v1/devices lists them" });
    if (device.state === "online") return;
    throw new ConflictError(`Device "${deviceId}" is offline: a command would come too late to mean anything`, {
      remedy: "Send it again when the device is back, or use the local broker in the venue",
    });
  }

  #answerTo(key: string): Promise<OverrideState | null> {
    return new Promise((resolve) => {
      const settle = (state: OverrideState | null) => {
        clearTimeout(timer);
        this.#waiting.delete(key);
        resolve(state);
      };
      const timer = setTimeout(() => settle(null), this.#answerMs);
      this.#waiting.set(key, settle);
    });
  }
}
