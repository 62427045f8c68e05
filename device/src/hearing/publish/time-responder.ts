/** `time/ping` into `time/pong`: a client measures how far its clock is from ours. */
import { type Clock, TimePing, type TimePong } from "@tactus/shared";
import type { Logger } from "pino";
import type { RoomClock } from "../room-clock.js";
import type { Outlet } from "./outlet.js";
import { RequestReader } from "./request-reader.js";

export interface TimeResponderParts {
  outlet: Outlet;
  room: RoomClock;
  clock: Clock;
  log: Logger;
}

export class TimeResponder {
  readonly #parts: TimeResponderParts;
  readonly #reader: RequestReader<TimePing>;

  constructor(parts: TimeResponderParts) {
    this.#parts = parts;
    this.#reader = new RequestReader({ leaf: "time/ping", schema: TimePing, log: parts.log });
  }

  start(): void {
    this.#parts.outlet.onMessage("time/ping", (payload) => this.#answer(payload));
  }

  #answer(payload: Uint8Array): void {
    const { outlet, room, clock } = this.#parts;
    const receivedAtUs = room.nowUs();
    const ping = this.#reader.read(payload, clock.monotonic());
    if (!ping) return;
    const pong: TimePong = {
      v: 1,
      client: ping.client,
      pingSentAtUs: ping.sentAtUs,
      receivedAtUs,
      sentAtUs: room.nowUs(),
    };
    outlet.publish("time/pong", pong);
  }
}
