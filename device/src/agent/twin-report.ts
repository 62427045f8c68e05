/** What the box is into `twin/reported`: when it changes, a little later, and whenever the cloud is there again. */
import { type DeviceAddress, type TwinReported, topicOf } from "@tactus/shared";
import type { Sender } from "./mqtt-link.js";
import type { TwinFacts } from "./twin-client.js";

/** Changes within this time are one report. */
const COALESCE_MS = 300;

export interface TwinReportParts {
  address: DeviceAddress;
  session: string;
  cloud: Sender;
  read(): TwinFacts;
}

export class TwinReport {
  readonly #parts: TwinReportParts;
  #version = 0;
  #sent = "";
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: TwinReportParts) {
    this.#parts = parts;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Something may be different now. */
  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (JSON.stringify(this.#parts.read()) !== this.#sent) this.#send();
    }, COALESCE_MS);
  }

  /** The cloud has forgotten, or missed, what was said before. */
  linkUp(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#send();
  }

  #send(): void {
    const { address, session, cloud, read } = this.#parts;
    const facts = read();
    const report: TwinReported = { v: 1, session, version: this.#version + 1, ...facts };
    const isSent = cloud.send(topicOf(address, "twin/reported"), JSON.stringify(report), { qos: 1, retain: true });
    if (!isSent) return;
    this.#version++;
    this.#sent = JSON.stringify(facts);
  }
}
