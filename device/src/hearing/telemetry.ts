/** What the meters of this process counted into a telemetry message, every ten seconds. */
import type { Clock, TelemetryMessage } from "@tactus/shared";
import type { AudioFeed } from "./audio-feed.js";
import type { LatencyMeter } from "./latency-meter.js";
import type { RoomClock } from "./room-clock.js";

export const TELEMETRY_INTERVAL_MS = 10_000;

export interface TelemetryParts {
  session: string;
  room: RoomClock;
  clock: Clock;
  meter: LatencyMeter;
  feed: Pick<AudioFeed, "xruns">;
}

export class Telemetry {
  readonly #parts: TelemetryParts;
  readonly #startedAt: number;
  #cpu = process.cpuUsage();
  #at: number;

  constructor(parts: TelemetryParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.monotonic();
    this.#at = this.#startedAt;
  }

  /** Since the last call. */
  take(): TelemetryMessage {
    const { session, room, clock, meter, feed } = this.#parts;
    const now = clock.monotonic();
    const used = process.cpuUsage(this.#cpu);
    const elapsed = Math.max(1e-3, now - this.#at);
    this.#cpu = process.cpuUsage();
    this.#at = now;
    return {
      v: 1,
      session,
      sentAtUs: room.nowUs(),
      uptimeS: Math.round(now - this.#startedAt),
      cpu: Math.round(((used.user + used.system) / 1e6 / elapsed) * 1000) / 1000,
      residentMb: Math.round(process.memoryUsage.rss() / 1e5) / 10,
      hops: meter.hops,
      lateHops: meter.lateHops,
      xruns: feed.xruns,
      latency: meter.take(),
    };
  }
}
