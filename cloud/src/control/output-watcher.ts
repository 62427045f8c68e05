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
}

export class OutputWatcher {
  readonly #options: OutputWatcherOptions;
  /** Until when each output is watched, epoch microseconds. */
  readonly #until = new Map<string, number>();

  constructor(options: OutputWatcherOptions) {
    this.#options = options;
  }

  /** Nothing comes of it when there is no such device or output, or when the bytes come already for long enough. */
  async watch({ device, name, forS }: OutputRequest): Promise<void> {
    const { link, board, now } = this.#options;
    const isKnown = board.detail(device)?.outputs.some((output) => output.name === name);
    if (!isKnown) return;
    for (const [key, until] of this.#until) if (until < now()) this.#until.delete(key);
    const key = `${device} ${name}`;
    if ((this.#until.get(key) ?? 0) - now() > (forS * 1e6) / 2) return;
    this.#until.set(key, now() + forS * 1e6);
    await link
      .publish(parseDeviceId(device), "output/watch", { v: 1, name, forS })
      .catch(() => this.#until.delete(key));
  }
}
