/** Rollouts, their devices, pins and venues in memory, as they are on disk: every change is written before it counts. */
import { randomBytes } from "node:crypto";
import type { TwinReported } from "@tactus/shared";
import type { FleetStore } from "../store/fleet-store.js";
import { modelKey } from "./health-book.js";
import { windowsBetween } from "./maintenance-windows.js";
import type { Decision, ModelPin, Rollout, RolloutDevice, RolloutProgress, RolloutSpec } from "./rollout.js";
import type { RolloutChange } from "./rollout-tables.js";
import { DEFAULT_VENUE, type VenueSettings } from "./venue.js";

export interface BookEntry {
  rollout: Rollout;
  members: Map<string, RolloutDevice>;
  /** What happens or is waited for, in words. */
  status: string;
  /** The last that was stored; so that the same is not stored again and again. */
  lastDecision: Pick<Decision, "action" | "phase"> | undefined;
}

export interface NewRollout {
  kind: Rollout["kind"];
  spec: RolloutSpec;
  by: string;
  state: RolloutProgress["state"];
  reason: string;
  idempotencyKey?: string | undefined;
}

/** Older ones are on disk and say nothing about any device any more. */
const MAX_ROLLOUTS = 100;
const TWO_WEEKS_US = 14 * 86_400_000_000;
const A_YEAR_US = 370 * 86_400_000_000;
/** Windows are made anew when the last one is nearer than this. */
const REFRESH_US = 4 * 86_400_000_000;

export class RolloutBook {
  readonly #fleet: FleetStore;
  readonly #entries = new Map<string, BookEntry>();
  readonly #pins = new Map<string, ModelPin>();
  readonly #venues = new Map<string, VenueSettings>();
  readonly #changedMembers = new Map<string, Set<string>>();

  constructor(options: { fleet: FleetStore }) {
    this.#fleet = options.fleet;
  }

  async load(): Promise<void> {
    const { rollouts } = this.#fleet;
    for (const rollout of await rollouts.list(MAX_ROLLOUTS)) {
      const members = new Map((await rollouts.members(rollout.id)).map((member) => [member.deviceId, member]));
      const lastDecision = (await rollouts.decisions(rollout.id)).at(-1);
      this.#entries.set(rollout.id, { rollout, members, status: "", lastDecision });
    }
    for (const pin of await rollouts.pins()) this.#pins.set(pin.deviceId, pin);
    for (const { venue, settings } of await rollouts.venues()) this.#venues.set(venue, settings);
  }

  /** Newest first. */
  entries(): BookEntry[] {
    return [...this.#entries.values()].sort((a, b) => b.rollout.number - a.rollout.number);
  }

  entry(id: string): BookEntry | undefined {
    return this.#entries.get(id);
  }

  pin(deviceId: string): ModelPin | undefined {
    return this.#pins.get(deviceId);
  }

  pins(): ModelPin[] {
    return [...this.#pins.values()];
  }

  venue(venue: string): VenueSettings {
    return this.#venues.get(venue) ?? DEFAULT_VENUE;
  }

  hasVenue(venue: string): boolean {
    return this.#venues.has(venue);
  }

  async putVenue(venue: string, settings: VenueSettings, nowUs: number): Promise<void> {
    await this.#fleet.rollouts.putVenue({ venue, settings, updatedUs: nowUs });
    this.#venues.set(venue, settings);
    for (const { rollout, members } of this.#entries.values()) {
      if (rollout.progress.state === "aborted") continue;
      for (const member of members.values()) {
        if (venueOf(member.deviceId) !== venue || member.switchedAtUs !== undefined) continue;
        Object.assign(member, this.wayIn(rollout, member.deviceId, nowUs));
        this.#mark(rollout.id, member.deviceId);
      }
    }
  }

  async setPin(pin: ModelPin): Promise<void> {
    await this.#fleet.rollouts.setPin(pin);
    this.#pins.set(pin.deviceId, pin);
  }

  async removePin(deviceId: string): Promise<boolean> {
    const removed = await this.#fleet.rollouts.removePin(deviceId);
    this.#pins.delete(deviceId);
    return removed;
  }

  async create({ kind, spec, by, state, reason, idempotencyKey }: NewRollout, nowUs: number): Promise<BookEntry> {
    const progress: RolloutProgress = { state, phase: 0, phaseSinceUs: nowUs };
    if (state === "completed") progress.endedAtUs = nowUs;
    const id = `r-${randomBytes(5).toString("hex")}`;
    const created = {
      id,
      createdAtUs: nowUs,
      createdBy: by,
      kind,
      salt: randomBytes(8).toString("hex"),
      spec,
      progress,
    };
    const decision: Decision = { atUs: nowUs, by, action: "create", phase: 0, reason, evidence: [] };
    const rollout = await this.#fleet.rollouts.create(created, decision, idempotencyKey);
    const entry: BookEntry = { rollout, members: new Map(), status: reason, lastDecision: decision };
    this.#entries.set(rollout.id, entry);
    return entry;
  }

  /** Written in one piece; in memory only then. */
  async change(entry: BookEntry, change: Omit<RolloutChange, "rollout">): Promise<void> {
    await this.#fleet.rollouts.change([{ ...change, rollout: entry.rollout.id }]);
    if (change.progress) entry.rollout = { ...entry.rollout, progress: change.progress };
    for (const member of change.members) entry.members.set(member.deviceId, member);
    for (const deviceId of change.leave) entry.members.delete(deviceId);
    if (change.decision) entry.lastDecision = change.decision;
  }

  /** When and how a device of this venue may switch. */
  wayIn({ spec }: Rollout, deviceId: string, nowUs: number): Pick<RolloutDevice, "windows" | "quiet"> {
    const venue = this.venue(venueOf(deviceId));
    if (spec.switch.when === "any") return { windows: [], quiet: true };
    const soon = windowsBetween(venue, nowUs, nowUs + TWO_WEEKS_US);
    const windows = soon.length > 0 ? soon : windowsBetween(venue, nowUs, nowUs + A_YEAR_US);
    // No window would mean any time; a venue whose windows never come is left alone.
    const never = { fromUs: nowUs + 10 * A_YEAR_US, toUs: nowUs + 10 * A_YEAR_US + 1 };
    return { windows: windows.length > 0 ? windows : [never], quiet: venue.quiet };
  }

  /** Devices that still wait get new windows before theirs run out. */
  refreshWindows(nowUs: number): void {
    for (const { rollout, members } of this.#entries.values()) {
      const { state } = rollout.progress;
      if ((state !== "running" && state !== "paused" && state !== "completed") || rollout.spec.switch.when === "any")
        continue;
      for (const member of members.values()) {
        const lastUs = member.windows.at(-1)?.toUs ?? 0;
        if (member.switchedAtUs !== undefined || lastUs > nowUs + REFRESH_US) continue;
        const next = this.wayIn(rollout, member.deviceId, nowUs);
        if (JSON.stringify(next.windows) === JSON.stringify(member.windows)) continue;
        Object.assign(member, next);
        this.#mark(rollout.id, member.deviceId);
      }
    }
  }

  /** What a device says of its models, to every rollout it is in. */
  reported(deviceId: string, models: NonNullable<TwinReported["models"]>, nowUs: number): void {
    for (const { rollout, members } of this.#entries.values()) {
      const member = members.get(deviceId);
      if (!member) continue;
      const runs = modelKey(models.active) === modelKey({ name: rollout.spec.model, version: rollout.spec.version });
      const before = JSON.stringify(member);
      const { update } = models;
      if (update?.rollout === rollout.id && update.version === rollout.spec.version) {
        const { state, reason, sinceUs, lock, shadow, golden } = update;
        member.update = { state, reason, sinceUs, lock, shadow: shadow ?? member.update?.shadow, golden };
      }
      if (runs && rollout.progress.state !== "aborted") member.switchedAtUs ??= nowUs;
      if (!runs && rollout.progress.state === "aborted" && member.switchedAtUs !== undefined) member.backAtUs ??= nowUs;
      if (JSON.stringify(member) !== before) this.#mark(rollout.id, deviceId);
    }
  }

  /** Devices whose rows have changed since the last call, as changes to be written. */
  takeChanges(): RolloutChange[] {
    const changes = [...this.#changedMembers].flatMap(([rollout, devices]): RolloutChange[] => {
      const entry = this.#entries.get(rollout);
      const members = [...devices].flatMap((deviceId) => entry?.members.get(deviceId) ?? []);
      return members.length > 0 ? [{ rollout, members, leave: [] }] : [];
    });
    this.#changedMembers.clear();
    return changes;
  }

  #mark(rollout: string, deviceId: string): void {
    const devices = this.#changedMembers.get(rollout) ?? new Set();
    devices.add(deviceId);
    this.#changedMembers.set(rollout, devices);
  }
}

const venueOf = (deviceId: string): string => deviceId.slice(0, deviceId.indexOf("."));
