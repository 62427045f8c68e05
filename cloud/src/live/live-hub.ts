/** Events of all devices to everybody who listens, each at the pace they can take. */
import type { Counter, Metrics } from "../metrics.js";
import { EventQueue } from "./event-queue.js";
import { type LiveEvent, OVERVIEW_LEAVES, type Watch } from "./live-messages.js";

/** Where a listener's events go; resolves when the next one may be sent, rejects when the listener is gone. */
export type SendEvent = (event: LiveEvent) => Promise<void>;

export interface HubOptions {
  metrics: Metrics;
  /** A listener that takes nothing for so long is dropped. Default 30 000. */
  stallMs?: number;
  /** Default 1000. */
  maxListeners?: number;
  /** A listener begins to watch these devices. */
  onWatch?: (devices: Watch) => void;
}

export class LiveHub {
  readonly #listeners = new Set<LiveListener>();
  readonly #stallMs: number;
  readonly #maxListeners: number;
  readonly #collapsed: Counter;
  readonly #onWatch: (devices: Watch) => void;

  constructor({ metrics, stallMs = 30_000, maxListeners = 1000, onWatch = () => {} }: HubOptions) {
    this.#onWatch = onWatch;
    this.#stallMs = stallMs;
    this.#maxListeners = maxListeners;
    this.#collapsed = metrics.counter("tactus_live_collapsed_total", "Events that a slow listener never got");
    metrics.gauge("tactus_live_listeners", "Pages and programs that listen", () => this.#listeners.size);
  }

  get isFull(): boolean {
    return this.#listeners.size >= this.#maxListeners;
  }

  /** `onDrop` is called when the listener could not be served any longer. */
  attach(options: { watch: Watch; send: SendEvent; onDrop(reason: string): void }): LiveListener {
    const onClose = (collapsed: number) => {
      this.#listeners.delete(listener);
      this.#collapsed.add({}, collapsed);
    };
    const listener = new LiveListener({ ...options, stallMs: this.#stallMs, onClose, onWatch: this.#onWatch });
    this.#listeners.add(listener);
    this.#onWatch(options.watch);
    return listener;
  }

  /** The devices that somebody watches now. */
  watched(): Watch {
    const devices = new Set<string>();
    for (const { watching } of this.#listeners) {
      if (watching === "*") return "*";
      for (const device of watching) devices.add(device);
    }
    return [...devices];
  }

  publish(event: LiveEvent): void {
    for (const listener of this.#listeners) listener.offer(event);
  }

  stop(): void {
    for (const listener of [...this.#listeners]) listener.drop("the cloud is stopping");
  }
}

interface ListenerOptions {
  watch: Watch;
  send: SendEvent;
  stallMs: number;
  onWatch(devices: Watch): void;
  onDrop(reason: string): void;
  onClose(collapsed: number): void;
}

/** One listener: what it watches, what waits for it, and the loop that sends. */
export class LiveListener {
  readonly #options: ListenerOptions;
  readonly #queue = new EventQueue();
  #watch: Watch;
  #sending = false;
  #closed = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#watch = options.watch;
  }

  get watching(): Watch {
    return this.#watch;
  }

  watch(devices: Watch): void {
    this.#watch = devices;
    this.#options.onWatch(devices);
  }

  offer(event: LiveEvent): void {
    if (this.#closed || !this.#wants(event)) return;
    this.#queue.push(event);
    if (!this.#sending) void this.#send();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.onClose(this.#queue.collapsed);
  }

  drop(reason: string): void {
    if (this.#closed) return;
    this.close();
    this.#options.onDrop(reason);
  }

  #wants(event: LiveEvent): boolean {
    return OVERVIEW_LEAVES.has(event.type) || this.#watch === "*" || this.#watch.includes(event.device);
  }

  async #send(): Promise<void> {
    this.#sending = true;
    const stall = setTimeout(() => this.drop("it took nothing for too long"), this.#options.stallMs);
    stall.unref();
    try {
      for (let event = this.#queue.take(); event && !this.#closed; event = this.#queue.take()) {
        await this.#options.send(event);
        stall.refresh();
      }
    } catch {
      this.drop("its connection broke");
    }
    clearTimeout(stall);
    this.#sending = false;
  }
}
