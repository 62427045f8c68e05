/** What devices say, and what the cloud knows of them, into observations. */
import type { TwinReported } from "@tactus/shared";
import type { LiveEvent } from "../live/live-messages.js";
import type { AlertWatch } from "./alert-watch.js";
import {
  type CounterMemory,
  offlineObservations,
  reportedObservations,
  statusObservations,
  telemetryObservations,
} from "./observations.js";

export class AlertEar {
  readonly #watch: AlertWatch;
  readonly #counters = new Map<string, CounterMemory>();
  readonly #online = new Set<string>();
  #isClosed = false;

  constructor(watch: AlertWatch) {
    this.#watch = watch;
  }

  /** From now on nothing is heard: devices that go because the cloud does are not offline. */
  close(): void {
    this.#isClosed = true;
  }

  get online(): number {
    return this.#online.size;
  }

  observe({ type, device, data, receivedAtUs }: LiveEvent): void {
    if (this.#isClosed) return;
    switch (type) {
      case "status":
        if (data.state === "online") this.#online.add(device);
        else this.#online.delete(device);
        this.#watch.observe(device, statusObservations(data), receivedAtUs);
        break;
      case "telemetry": {
        const { observations, memory } = telemetryObservations(data, this.#counters.get(device), receivedAtUs);
        this.#counters.set(device, memory);
        this.#watch.observe(device, observations, receivedAtUs);
        break;
      }
      case "alert":
        this.#watch.observeAlert(device, data.id, data.alert ?? undefined, receivedAtUs);
        break;
      default:
    }
  }

  reported(device: string, message: TwinReported, receivedAtUs: number): void {
    this.#watch.observe(device, reportedObservations(message), receivedAtUs);
  }

  /** The grace after the start is over: who has not come back is offline. True if this one has not. */
  noteAbsent(device: string, nowUs: number): boolean {
    if (this.#isClosed || this.#online.has(device)) return false;
    this.#watch.observe(device, offlineObservations(), nowUs);
    return true;
  }

  /** It left the fleet. */
  forget(device: string, nowUs: number): void {
    this.#online.delete(device);
    this.#counters.delete(device);
    this.#watch.forget(device, nowUs);
  }
}
