/** Telemetry and reports of devices into the evidence of each rollout: before, as control, with the candidate. Bounded. */
import type { HealthWindow, ShadowResult, StatusMessage, TelemetryMessage, UpdateState } from "@tactus/shared";
import { addHealth, addSums, type HealthSums, noHealth } from "./health-sums.js";
import type { HealthUnit } from "./health-unit.js";

/** What one device did in one rollout. Plain data, a row. */
export interface RolloutHealth {
  rollout: string;
  deviceId: string;
  before: HealthSums;
  control: HealthSums;
  candidate: HealthSums;
  /** With the candidate, the last few: epoch microseconds. */
  crashesAtUs: number[];
  mostCrashes: number;
}

/** What one device did lately, whatever it ran: its own past for the next rollout. Two weeks, in two generations. */
export interface DeviceHealth {
  deviceId: string;
  recent: HealthSums;
  older: HealthSums;
  recentSinceUs: number;
  /** Of the newest telemetry that was counted: what comes again is not. */
  session: string;
  sentAtUs: number;
  crashes: number;
  unstableHour: number;
  /** "name version" that it said last that it runs; a box that only crashes says no health. */
  model: string;
}

const GENERATION_US = 7 * 86_400_000_000;
const HOUR_US = 3_600_000_000;
const LOOP_US = 600_000_000;
const MOST_CRASHES_KEPT = 20;

/** A rollout whose evidence is collected. */
export interface Watched {
  id: string;
  /** "name version", as in `HealthWindow.model`. */
  candidate: string;
}

export interface HealthBookOptions {
  /** Seconds of music that make one observation. */
  blockS: number;
}

export class HealthBook {
  readonly #options: HealthBookOptions;
  readonly #devices = new Map<string, DeviceHealth>();
  readonly #rollouts = new Map<string, { watched: Watched; health: Map<string, RolloutHealth> }>();
  readonly #changedDevices = new Set<string>();
  readonly #changed = new Set<RolloutHealth>();

  constructor(options: HealthBookOptions) {
    this.#options = options;
  }

  seed(devices: readonly DeviceHealth[]): void {
    for (const device of devices) this.#devices.set(device.deviceId, device);
  }

  /** From now on what devices report counts for this rollout too; `stored`: what was known before a restart. */
  watch(watched: Watched, stored: readonly RolloutHealth[] = []): void {
    if (this.#rollouts.has(watched.id)) return;
    this.#rollouts.set(watched.id, { watched, health: new Map(stored.map((one) => [one.deviceId, one])) });
  }

  unwatch(rollout: string): void {
    this.#rollouts.delete(rollout);
  }

  /** False: it was counted before, or is no health. */
  telemetry(deviceId: string, message: TelemetryMessage, atUs: number): boolean {
    const device = this.#deviceOf(deviceId, atUs);
    const isOld = message.session === device.session && message.sentAtUs <= device.sentAtUs;
    // Numbered summaries come here once, however late; of the others the time tells.
    if (isOld && message.sequence === undefined) return false;
    this.#changedDevices.add(deviceId);
    if (!isOld) {
      const isFirst = device.session === "";
      Object.assign(device, { session: message.session, sentAtUs: message.sentAtUs });
      this.#countCrashes(device, message, { isFirst, atUs });
    }
    if (!message.health) return true;
    device.model = message.health.model;
    const report = { window: message.health, hopP99Ms: message.latency.hop.p99 };
    this.#each(device, message.health.model, (sums) => addHealth(sums, report, this.#options.blockS));
    return true;
  }

  /** What a device says that it runs. */
  runs(deviceId: string, model: string, atUs: number): void {
    this.#deviceOf(deviceId, atUs).model = model;
  }

  /** The box went offline: a broken link or a box that is off. */
  status(deviceId: string, { state, model }: StatusMessage, atUs: number): void {
    const device = this.#devices.get(deviceId);
    if (state !== "offline" || !device) return;
    this.#each(device, model, (sums) => {
      sums.counts.offline += 1;
    });
    this.#markUnstable(device, model, atUs);
    this.#changedDevices.add(deviceId);
  }

  /** Rows that have changed since the last call. */
  takeChanged(): { devices: DeviceHealth[]; rollouts: RolloutHealth[] } {
    const devices = [...this.#changedDevices].flatMap((deviceId) => this.#devices.get(deviceId) ?? []);
    const rollouts = [...this.#changed].filter(({ rollout }) => this.#rollouts.has(rollout));
    this.#changedDevices.clear();
    this.#changed.clear();
    return { devices, rollouts };
  }

  units(
    rollout: string,
    more: (deviceId: string) => { shadow?: ShadowResult | undefined; update?: UpdateState | undefined },
  ): HealthUnit[] {
    const health = this.#rollouts.get(rollout)?.health ?? new Map<string, RolloutHealth>();
    const known = [...health.values()].map((one) => ({
      deviceId: one.deviceId,
      venue: venueOf(one.deviceId),
      before: one.before,
      control: one.control,
      candidate: one.candidate,
      crashesInTenMinutes: one.mostCrashes,
      ...more(one.deviceId),
    }));
    return known;
  }

  /** A device of a rollout that has not reported health yet may have failed its update all the same. */
  ensure(rollout: string, deviceId: string, atUs: number): void {
    const entry = this.#rollouts.get(rollout);
    if (entry) this.#healthOf(entry, this.#deviceOf(deviceId, atUs));
  }

  #each(device: DeviceHealth, model: string, add: (sums: HealthSums) => void): void {
    let isOnTrial = false;
    for (const entry of this.#rollouts.values()) {
      const health = this.#healthOf(entry, device);
      const isCandidate = model === entry.watched.candidate;
      add(isCandidate ? health.candidate : health.control);
      isOnTrial ||= isCandidate;
      this.#changed.add(health);
    }
    // What a candidate did is no past to measure the next one by.
    if (!isOnTrial) add(device.recent);
  }

  /** What it did until then is its past. */
  #healthOf(
    { watched, health }: { watched: Watched; health: Map<string, RolloutHealth> },
    device: DeviceHealth,
  ): RolloutHealth {
    const known = health.get(device.deviceId);
    if (known) return known;
    const before = addSums(device.older, device.recent);
    const entry: RolloutHealth = {
      rollout: watched.id,
      deviceId: device.deviceId,
      before,
      control: noHealth(),
      candidate: noHealth(),
      crashesAtUs: [],
      mostCrashes: 0,
    };
    health.set(device.deviceId, entry);
    this.#changed.add(entry);
    return entry;
  }

  /** `crashes` counts since the box was started: a smaller number is a new count. */
  #countCrashes(
    device: DeviceHealth,
    message: TelemetryMessage,
    { isFirst, atUs }: { isFirst: boolean; atUs: number },
  ): void {
    const { crashes = device.crashes, health } = message;
    const before = crashes < device.crashes ? 0 : device.crashes;
    device.crashes = crashes;
    const more = isFirst ? 0 : crashes - before;
    const model = health?.model ?? device.model;
    if (more <= 0 || model === "") return;
    this.#each(device, model, (sums) => {
      sums.counts.crashes += more;
    });
    this.#markUnstable(device, model, atUs);
    for (const { watched, health: units } of this.#rollouts.values()) {
      const unit = units.get(device.deviceId);
      if (unit && model === watched.candidate) noteCrashes(unit, more, atUs);
    }
  }

  /** An hour with any trouble counts once. */
  #markUnstable(device: DeviceHealth, model: string, atUs: number): void {
    const hour = Math.floor(atUs / HOUR_US);
    if (hour === device.unstableHour) return;
    device.unstableHour = hour;
    this.#each(device, model, (sums) => {
      sums.counts["unstable-hours"] += 1;
    });
  }

  #deviceOf(deviceId: string, atUs: number): DeviceHealth {
    const known = this.#devices.get(deviceId);
    if (known) {
      if (atUs - known.recentSinceUs >= GENERATION_US) {
        Object.assign(known, { older: known.recent, recent: noHealth(), recentSinceUs: atUs });
      }
      return known;
    }
    const device: DeviceHealth = {
      deviceId,
      recent: noHealth(),
      older: noHealth(),
      recentSinceUs: atUs,
      session: "",
      sentAtUs: 0,
      crashes: 0,
      unstableHour: -1,
      model: "",
    };
    this.#devices.set(deviceId, device);
    return device;
  }
}

function noteCrashes(unit: RolloutHealth, more: number, atUs: number): void {
  const added = Array.from({ length: Math.min(more, MOST_CRASHES_KEPT) }, () => atUs);
  unit.crashesAtUs = [...unit.crashesAtUs, ...added].slice(-MOST_CRASHES_KEPT);
  const inWindow = unit.crashesAtUs.filter((crashAtUs) => atUs - crashAtUs < LOOP_US).length;
  unit.mostCrashes = Math.max(unit.mostCrashes, inWindow);
}

const venueOf = (deviceId: string): string => deviceId.slice(0, deviceId.indexOf("."));

/** The model of a window, as rollouts name it. */
export const modelKey = ({ name, version }: { name: string; version: string }): HealthWindow["model"] =>
  `${name} ${version}`;
