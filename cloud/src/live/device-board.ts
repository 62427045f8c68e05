/** Messages of devices into the newest state of each: what a page gets first, and what the device list shows. */
import type { AlertMessage, DeviceAddress, OutputState, StatusMessage } from "@tactus/shared";
import { deviceIdOf, parseDeviceId } from "../device-id.js";
import type { LiveMessage } from "../ingest/ingest.js";
import type { DeviceSighting, StoredDevice } from "../store/device-tables.js";
import { ClockSkew } from "./clock-skew.js";
import type { DeviceDetail, DeviceSummary, LiveData, LiveEvent } from "./live-messages.js";

interface Entry {
  at: DeviceAddress;
  stored: Omit<StoredDevice, "deviceId">;
  newest: Partial<Omit<LiveData, "alert" | "output" | "output/dmx" | "output/rig">>;
  alerts: Map<string, AlertMessage>;
  outputs: Map<string, OutputState>;
  skew: ClockSkew;
  /** Seen since the last `takeSightings()`. */
  seen: boolean;
}

/** Names of alerts and outputs are the device's own: more than this at once is a fault of the device. */
const MAX_ALERTS = 64;
const MAX_OUTPUTS = 64;

export class DeviceBoard {
  readonly #entries = new Map<string, Entry>();
  #nextEventId = 1;

  /** Devices known from before this start: offline until they say otherwise. */
  seed(devices: readonly StoredDevice[]): void {
    for (const { deviceId, ...stored } of devices)
      this.#entries.set(deviceId, newEntry(parseDeviceId(deviceId), stored));
  }

  /** Undefined: a message of a session that is over, nothing changed. */
  apply(message: LiveMessage, receivedAtUs: number): LiveEvent | undefined {
    const entry = this.#entryOf(message.at, receivedAtUs);
    if (message.leaf === "status" && isStale(entry.newest.status, message.message)) return undefined;
    this.see(message.at, receivedAtUs);
    noteClock(entry, message, receivedAtUs);
    const common = {
      id: this.#nextEventId++,
      device: deviceIdOf(message.at),
      receivedAtUs,
      skewUs: entry.skew.skewUs,
    };
    return { ...common, ...keep(entry, message) } as LiveEvent;
  }

  /** The device has sent something. */
  see(at: DeviceAddress, receivedAtUs: number): void {
    const entry = this.#entryOf(at, receivedAtUs);
    entry.seen = true;
    entry.stored.lastSeenUs = receivedAtUs;
  }

  /** An operator calls it so, and sorts it so: known from now on, even if it was never seen. */
  describe(deviceId: string, words: { name?: string | undefined; tags?: string[] | undefined }, nowUs: number): void {
    const { stored } = this.#entryOf(parseDeviceId(deviceId), nowUs);
    if (words.name) stored.name = words.name;
    if (words.tags) stored.tags = [...new Set(words.tags)].sort();
  }

  /** It left the fleet. */
  remove(deviceId: string): void {
    this.#entries.delete(deviceId);
  }

  get size(): number {
    return this.#entries.size;
  }

  deviceIds(): string[] {
    return [...this.#entries.keys()];
  }

  has(deviceId: string): boolean {
    return this.#entries.has(deviceId);
  }

  tagsOf(deviceId: string): readonly string[] {
    return this.#entries.get(deviceId)?.stored.tags ?? [];
  }

  summaries(): DeviceSummary[] {
    return [...this.#entries.values()].map(summaryOf);
  }

  detail(deviceId: string): DeviceDetail | undefined {
    const entry = this.#entries.get(deviceId);
    if (!entry) return undefined;
    const { telemetry = null, levels = null } = entry.newest;
    return { ...summaryOf(entry), telemetry, levels, outputs: [...entry.outputs.values()] };
  }

  /** Devices seen since the last call, for the store. */
  takeSightings(): DeviceSighting[] {
    const sightings: DeviceSighting[] = [];
    for (const [deviceId, entry] of this.#entries) {
      if (!entry.seen) continue;
      entry.seen = false;
      const { name, version, model, lastSeenUs } = entry.stored;
      sightings.push({ deviceId, name, version, model, lastSeenUs });
    }
    return sightings;
  }

  #entryOf(at: DeviceAddress, receivedAtUs: number): Entry {
    const deviceId = deviceIdOf(at);
    const known = this.#entries.get(deviceId);
    if (known) return known;
    const entry = newEntry(at, {
      name: "",
      version: "",
      model: "",
      tags: [],
      firstSeenUs: receivedAtUs,
      lastSeenUs: receivedAtUs,
    });
    this.#entries.set(deviceId, entry);
    return entry;
  }
}

function newEntry(at: DeviceAddress, stored: Entry["stored"]): Entry {
  return { at, stored, newest: {}, alerts: new Map(), outputs: new Map(), skew: new ClockSkew(), seen: false };
}

/**
 * A last will arrives late when the device is already back, and a line that stood still may let out old words: only a session
 * itself can end itself. Numbers begin anew on a box that lost its disk: while nobody is there, whoever comes is believed.
 */
function isStale(present: StatusMessage | undefined, next: StatusMessage): boolean {
  if (present === undefined || next.session === present.session) return false;
  if (present.state === "online" && next.state === "offline") return true;
  return next.sessionNumber < present.sessionNumber && (next.state === "offline" || present.state === "online");
}

function noteClock(entry: Entry, message: LiveMessage, receivedAtUs: number): void {
  if (message.leaf === "beat") {
    entry.skew.add(message.message.dueAtUs - message.message.dueInMs * 1000, receivedAtUs);
  } else if (message.leaf === "levels") {
    entry.skew.add(message.message.sentAtUs, receivedAtUs);
  }
}

function keep(entry: Entry, message: LiveMessage): { type: LiveEvent["type"]; data: unknown } {
  if (message.leaf === "alert") {
    keepAlert(entry.alerts, message.id, message.message);
    return { type: "alert", data: { id: message.id, alert: message.message ?? null } };
  }
  if (message.leaf === "output/dmx" || message.leaf === "output/rig")
    return { type: message.leaf, data: { name: message.name, ...message.message } };
  if (message.leaf === "output") {
    const { name } = message.message;
    if (entry.outputs.has(name) || entry.outputs.size < MAX_OUTPUTS) entry.outputs.set(name, message.message);
    return { type: message.leaf, data: message.message };
  }
  if (message.leaf === "status") {
    const { name, version, model } = message.message;
    Object.assign(entry.stored, { name, version, model });
  }
  Object.assign(entry.newest, { [message.leaf]: message.message });
  return { type: message.leaf, data: message.message };
}

function keepAlert(alerts: Entry["alerts"], id: string, alert: AlertMessage | undefined): void {
  if (!alert) alerts.delete(id);
  else if (alerts.has(id) || alerts.size < MAX_ALERTS) alerts.set(id, alert);
}

function summaryOf(entry: Entry): DeviceSummary {
  const { status = null, grid = null, tempo = null, "override/state": override = null } = entry.newest;
  return {
    id: deviceIdOf(entry.at),
    ...entry.at,
    ...entry.stored,
    state: status?.state ?? "offline",
    skewUs: entry.skew.skewUs,
    tags: entry.stored.tags,
    status,
    grid,
    tempo,
    override,
    alerts: [...entry.alerts.values()],
  };
}
