/** Pages that draw an output's lamps into requests to its bridge: many pages, few requests. */
import type { DeviceLink } from "../broker/device-link.js";
import { parseDeviceId } from "../device-id.js";
import type { DeviceBoard } from "../live/device-board.js";

export interface OutputWatcherOptions {
  link: DeviceLink;
  board: DeviceBoard;
  /** Epoch microseconds. */
  now(): number;
}

export interface OutputRequest {
  device: string;
  name: string;
  /** Seconds. */
  forS: number;
  /** The rig that the page knows. */
  rig?: string | undefined;
}

/** Requests of pages that do not know the rig go through at once, but not more often than this, seconds. */
const UNKNOWN_RIG_S = 1;

export class OutputWatcher {
  readonly #options: OutputWatcherOptions;
  /** Until when each output is watched, epoch microseconds. */
  readonly #until = new Map<string, number>();

  constructor(options: OutputWatcherOptions) {
    this.#options = options;
  }

  /** Nothing comes of it when there is no such device or output, or when the bytes come already for long enough. */
  async watch({ device, name, forS, rig }: OutputRequest): Promise<void> {
    const { link, board, now } = this.#options;
    const isKnown = board.detail(device)?.outputs.some((output) => output.name === name);
    if (!isKnown) return;
    for (const [key, until] of this.#until) if (until < now()) this.#until.delete(key);
    const key = `${device} ${name}`;
    const enough = rig === undefined ? forS - UNKNOWN_RIG_S : forS / 2;
    if ((this.#until.get(key) ?? 0) - now() > enough * 1e6) return;
    this.#until.set(key, now() + forS * 1e6);
    await link
      .publish(parseDeviceId(device), "output/watch", { v: 1, name, forS, ...(rig && { rig }) })
      .catch(() => this.#until.delete(key));
  }
}
