/** `override/set` requests into the grid's hand, and what the hand does into the retained `override/state`. */
import { type Clock, type OverrideAction, OverrideSet, type OverrideState } from "@tactus/shared";
import type { Logger } from "pino";
import type { OverrideResult } from "../../grid/grid-event.js";
import type { BeatPipeline } from "../../pipeline.js";
import type { RoomClock } from "../room-clock.js";
import type { Outlet } from "./outlet.js";
import { RequestReader } from "./request-reader.js";

/** A tap dated further from now than this comes from a clock that is wrong: seconds. */
const BELIEVABLE_S = 10;

export interface OverrideSubscriberParts {
  outlet: Outlet;
  room: RoomClock;
  clock: Clock;
  pipeline: Pick<BeatPipeline, "override" | "overrideState">;
  /** A request that was done. */
  onDone?: (action: OverrideAction) => void;
  log: Logger;
}

export class OverrideSubscriber {
  readonly #parts: OverrideSubscriberParts;
  readonly #reader: RequestReader<OverrideSet>;
  #lastRequestId = "";
  /** Of the last request; stays in the state until the next one. */
  #refused = "";
  #published = "";

  constructor(parts: OverrideSubscriberParts) {
    this.#parts = parts;
    this.#reader = new RequestReader({ leaf: "override/set", schema: OverrideSet, log: parts.log });
  }

  start(): void {
    this.#parts.outlet.onMessage("override/set", (payload) => this.#set(payload));
    this.refresh();
  }

  /** Says what changed without a request: a hand that expired. Several times a second. */
  refresh(): void {
    this.#publish({ ...this.#parts.pipeline.overrideState(), refused: this.#refused });
  }

  #set(payload: Uint8Array): void {
    const { clock, pipeline, log } = this.#parts;
    const request = this.#reader.read(payload, clock.monotonic());
    if (!request) return;
    const at = this.#timeOf(request);
    this.#lastRequestId = request.requestId;
    this.#refused = typeof at === "number" ? pipeline.override(request.command, at, request.by).refused : at.refused;
    if (this.#refused === "") this.#parts.onDone?.(request.command);
    log.info({ action: request.command.action, by: request.by, refused: this.#refused }, "Override");
    this.refresh();
  }

  /** Stream time the request speaks of: now, unless it says otherwise. */
  #timeOf({ command }: OverrideSet): number | { refused: string } {
    const { room } = this.#parts;
    if (!room.isSet) return { refused: "Nothing has been heard yet" };
    const now = room.streamNow();
    if (!("atUs" in command) || command.atUs === undefined) return now;
    const at = room.streamOf(command.atUs);
    if (Math.abs(at - now) <= BELIEVABLE_S) return at;
    return { refused: `atUs is ${Math.round(at - now)} s from now: set the clock, or leave it out` };
  }

  #publish(result: OverrideResult): void {
    const { room, outlet } = this.#parts;
    const date = (stream: number) => (stream > 0 && room.isSet ? Math.max(0, room.epochUsOf(stream)) : 0);
    const { since, expiresAt, ...facts } = result;
    const identity = JSON.stringify([facts, since, expiresAt, this.#lastRequestId]);
    if (identity === this.#published) return;
    this.#published = identity;
    const state: OverrideState = {
      v: 1,
      ...facts,
      sinceUs: date(since),
      expiresAtUs: date(expiresAt),
      lastRequestId: this.#lastRequestId,
    };
    outlet.publish("override/state", state, { retain: true, qos: 1 });
  }
}
