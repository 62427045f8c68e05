/** What the meters of this process counted into a telemetry message: live every ten seconds, and a summary now and then. */
import type { Clock, TelemetryMessage } from "@tactus/shared";
import type { AudioFeed } from "./audio-feed.js";
import type { HealthMeter } from "./health-meter.js";
import type { LatencyMeter } from "./latency-meter.js";
import type { RoomClock } from "./room-clock.js";

export const TELEMETRY_INTERVAL_MS = 10_000;

export interface TelemetryParts {
  session: string;
  room: RoomClock;
  clock: Clock;
  meter: LatencyMeter;
  health: HealthMeter;
  feed: Pick<AudioFeed, "xruns">;
}

export class Telemetry {
  readonly #parts: TelemetryParts;
  readonly #startedAt: number;
  readonly #live: CpuMeter;
  readonly #summary: CpuMeter;
  #sequence = 0;

  constructor(parts: TelemetryParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.monotonic();
    this.#live = new CpuMeter(this.#startedAt);
    this.#summary = new CpuMeter(this.#startedAt);
  }

  /** Since the last call. */
  take(): TelemetryMessage {
    return this.#message(this.#live, this.#parts.meter.take());
  }

  /** Since the last summary: what the outbox keeps. */
  takeSummary(model: string): TelemetryMessage {
    const { meter, health } = this.#parts;
    const message = this.#message(this.#summary, meter.takeLong());
    return { ...message, health: health.take(model), sequence: this.#sequence++ };
  }

  #message(cpu: CpuMeter, latency: TelemetryMessage["latency"]): TelemetryMessage {
    const { session, room, clock, meter, feed } = this.#parts;
    const now = clock.monotonic();
    return {
      v: 1,
      session,
      sentAtUs: room.nowUs(),
      uptimeS: Math.round(now - this.#startedAt),
      cpu: cpu.take(now),
      residentMb: Math.round(process.memoryUsage.rss() / 1e5) / 10,
      hops: meter.hops,
      lateHops: meter.lateHops,
      xruns: feed.xruns,
      latency,
    };
  }
}

class CpuMeter {
  #used = process.cpuUsage();
  #at: number;

  constructor(at: number) {
    this.#at = at;
  }

  /** Share of one core since the last call, [0, n]. */
  take(now: number): number {
    const used = process.cpuUsage(this.#used);
    const elapsed = Math.max(1e-3, now - this.#at);
    this.#used = process.cpuUsage();
    this.#at = now;
    return Math.round(((used.user + used.system) / 1e6 / elapsed) * 1000) / 1000;
  }
}
