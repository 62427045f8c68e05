/** A fleet of simulated devices in processes of their own, as one thing to start, cut, end and stop. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { UnavailableError } from "@tactus/shared";
import { addUp, emptyReport, type FleetReport } from "./fleet-counts.js";
import type { FleetOrder, FromFleet, ToFleet } from "./fleet-order.js";

export interface SimulatedFleetOptions {
  order: FleetOrder;
  processes: number;
  /** About once a second, of all processes together. */
  onReport(report: FleetReport): void;
  /** A process ended by itself. */
  onLost(error: Error): void;
}

interface Part {
  child: ChildProcess;
  report: FleetReport;
  isFresh: boolean;
}

const MODULE = fileURLToPath(new URL("./fleet-process.js", import.meta.url));

export class SimulatedFleet {
  readonly #options: SimulatedFleetOptions;
  #parts: Part[] = [];
  #isStopping = false;

  constructor(options: SimulatedFleetOptions) {
    this.#options = options;
  }

  start(): void {
    const { order, processes } = this.#options;
    for (let index = 0; index < processes; index++) {
      const devices = order.devices.filter((_device, at) => at % processes === index);
      const part = { child: fork(MODULE), report: emptyReport(), isFresh: false };
      this.#parts.push(part);
      part.child.on("message", (message: FromFleet) => this.#hear(part, message));
      part.child.on("error", (error) => this.#options.onLost(error));
      part.child.once("exit", (code, signal) => this.#ended(signal ?? String(code)));
      this.#tell(part, { kind: "start", order: { ...order, devices } });
    }
  }

  /** Every connection at once, as when the way to the cloud is gone. */
  cut(): void {
    this.#tellAll({ kind: "cut" });
  }

  /** No beats fall any more; what waits is still sent. */
  endMusic(): void {
    this.#tellAll({ kind: "end-music" });
  }

  /** Resolves with the last account when every process has ended. */
  async stop(): Promise<FleetReport> {
    this.#isStopping = true;
    const ended = this.#parts
      .filter(({ child }) => child.exitCode === null && child.signalCode === null)
      .map(({ child }) => once(child, "exit"));
    this.#tellAll({ kind: "stop" });
    await Promise.all(ended);
    return addUp(this.#parts.map(({ report }) => report));
  }

  #hear(part: Part, message: FromFleet): void {
    if (message.kind !== "report") return;
    part.report = message.report;
    part.isFresh = true;
    if (!this.#parts.every(({ isFresh }) => isFresh)) return;
    for (const one of this.#parts) one.isFresh = false;
    this.#options.onReport(addUp(this.#parts.map(({ report }) => report)));
  }

  #ended(how: string): void {
    if (!this.#isStopping) this.#options.onLost(new UnavailableError(`A process of simulated devices ended: ${how}`));
  }

  #tellAll(message: ToFleet): void {
    for (const part of this.#parts) this.#tell(part, message);
  }

  #tell({ child }: Part, message: ToFleet): void {
    if (child.connected) child.send(message);
  }
}
