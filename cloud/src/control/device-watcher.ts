/** Pages that look at a device into requests for its live feed: a device that nobody looks at sends none. */
import type { DeviceLink } from "../broker/device-link.js";
import { parseDeviceId } from "../device-id.js";
import type { DeviceBoard } from "../live/device-board.js";
import type { Watch } from "../live/live-messages.js";

/** A request holds this long, seconds; it is renewed well before. */
const FOR_S = 30;
const RENEW_S = 10;

export interface DeviceWatcherOptions {
  link: DeviceLink;
  board: DeviceBoard;
  /** Devices that are watched now. */
  watched(): Watch;
  /** Epoch microseconds. */
  now(): number;
}

export class DeviceWatcher {
  readonly #options: DeviceWatcherOptions;
  /** When each device was last asked, epoch microseconds. */
  readonly #askedAt = new Map<string, number>();
  #renewal: NodeJS.Timeout | undefined;

  constructor(options: DeviceWatcherOptions) {
    this.#options = options;
  }

  start(): void {
    this.#renewal = setInterval(() => this.ask(this.#options.watched()), RENEW_S * 1000);
  }

  stop(): void {
    clearInterval(this.#renewal);
  }

  /** Many pages, few requests: a device that was asked a moment ago is left alone. */
  ask(devices: Watch): void {
    const { board, now } = this.#options;
    const ids = devices === "*" ? board.summaries().map(({ id }) => id) : devices;
    for (const id of ids) {
      if (board.detail(id) === undefined) continue;
      if (now() - (this.#askedAt.get(id) ?? Number.NEGATIVE_INFINITY) < (RENEW_S / 2) * 1e6) continue;
      this.#askedAt.set(id, now());
      this.#ask(id);
    }
  }

  /** A device that has just come (back) knows nothing of who watches. */
  arrived(id: string): void {
    const watched = this.#options.watched();
    if (watched !== "*" && !watched.includes(id)) return;
    this.#askedAt.delete(id);
    this.ask([id]);
  }

  #ask(id: string): void {
    const { link } = this.#options;
    link.publish(parseDeviceId(id), "watch", { v: 1, forS: FOR_S }).catch(() => this.#askedAt.delete(id));
  }
}
