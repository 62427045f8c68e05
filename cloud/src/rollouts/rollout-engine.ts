/** Reports, health and the clock into the next step of every rollout, and into the one model that is wished of each device. */
import {
  type DesiredModel,
  type ModelName,
  type StatusMessage,
  TactusError,
  type TelemetryMessage,
  type TwinReported,
} from "@tactus/shared";
import type { Audit } from "../audit/audit.js";
import type { Log } from "../log.js";
import type { SignedModels } from "../models/registry.js";
import type { FleetStore } from "../store/fleet-store.js";
import { type Claim, wishOf } from "./desired-model.js";
import { judge, judgeMany, type Verdict } from "./gates.js";
import { type HealthBook, modelKey } from "./health-book.js";
import { type Decision, isActive, type Rollout, type RolloutDevice } from "./rollout.js";
import type { BookEntry, RolloutBook } from "./rollout-book.js";
import { nextStep, type PlannedDevice, type PlanStep, phaseOf } from "./rollout-plan.js";
import { type DeviceQuery, parseTagQuery, type QueryableDevice } from "./tag-query.js";

/** Whoever tells devices which model they should come to run. An equal wish changes nothing. */
export interface ModelDesk {
  setModel(deviceId: string, model: DesiredModel | undefined): Promise<void>;
}

/** A device of the fleet, as lists have it. */
export interface FleetDevice extends QueryableDevice {
  reachable: boolean;
}

/** Versions that may be given out, newest first; undefined = the name was never published. */
export type Releases = (name: string) => readonly string[] | undefined;

export interface RolloutEngineOptions {
  book: RolloutBook;
  health: HealthBook;
  fleet: FleetStore;
  desk: ModelDesk;
  models: Pick<SignedModels, "list">;
  audit: Audit;
  log: Log;
  /** Every device that was ever seen. */
  devices(): Promise<FleetDevice[]>;
  now(): number;
  tickS: number;
}

/** What a crash of the cloud takes of the evidence: microseconds. */
const SAVE_HEALTH_US = 30_000_000;
const SAVED_AT_ONCE = 250;
/** Devices after which somebody else gets a turn. */
const BREATHE_AFTER = 500;

const NO_VERDICT: Verdict = { gates: [], eValue: 1, musicHours: 0 };

export class RolloutEngine {
  readonly #options: RolloutEngineOptions;
  readonly #running = new Map<string, ModelName>();
  /** What each device was told last, as JSON. */
  readonly #told = new Map<string, string>();
  readonly #queries = new Map<string, DeviceQuery>();
  #timer: NodeJS.Timeout | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #stopped = false;
  #healthSavedUs = 0;

  constructor(options: RolloutEngineOptions) {
    this.#options = options;
  }

  /** What was running goes on where it was. */
  async start(): Promise<void> {
    const { book, health, fleet, tickS, log } = this.#options;
    await book.load();
    health.seed(await fleet.rollouts.deviceHealth());
    for (const { rollout } of book.entries()) if (isActive(rollout)) await this.#watch(rollout);
    this.#timer = setInterval(() => {
      this.run(() => this.#tick()).catch((error: Error) =>
        log.error({ reason: error.message }, "Rollouts stand still"),
      );
    }, tickS * 1000);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#queue.catch(() => {});
    this.#stopped = true;
    await this.#save();
    await this.#saveHealth();
  }

  /** One change at a time: a tick and an operator never decide at once. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#queue.then(() => {
      if (this.#stopped) throw new TactusError("The cloud is stopping", "unavailable");
      return work();
    });
    this.#queue = next.catch(() => {});
    return next;
  }

  /** A `twin/reported` that counts. */
  reported(deviceId: string, { models }: TwinReported): void {
    if (!models) return;
    this.#running.set(deviceId, models.active);
    const { book, health, now } = this.#options;
    health.runs(deviceId, modelKey(models.active), now());
    book.reported(deviceId, models, now());
  }

  telemetry(deviceId: string, message: TelemetryMessage, atUs: number): void {
    this.#options.health.telemetry(deviceId, message, atUs);
  }

  status(deviceId: string, message: StatusMessage, atUs: number): void {
    if (message.state === "online" && !this.#running.has(deviceId)) this.#learnFromStatus(deviceId, message.model);
    this.#options.health.status(deviceId, message, atUs);
  }

  /** Until it has reported, what its status says. */
  #learnFromStatus(deviceId: string, model: string): void {
    const [name = "", version = ""] = model.split(" ");
    if (name !== "" && version !== "") this.#running.set(deviceId, { name, version });
  }

  runningOf(deviceId: string): ModelName | undefined {
    return this.#running.get(deviceId);
  }

  matches({ spec }: Pick<Rollout, "spec">, device: QueryableDevice): boolean {
    const query = this.#queries.get(spec.target) ?? parseTagQuery(spec.target);
    this.#queries.set(spec.target, query);
    return query(device);
  }

  /** As of now. */
  async verdictOf({ rollout, members }: BookEntry): Promise<Verdict> {
    if (!isActive(rollout)) return NO_VERDICT;
    const { health, now } = this.#options;
    for (const deviceId of members.keys()) health.ensure(rollout.id, deviceId, now());
    const units = health.units(rollout.id, (deviceId) => {
      const update = members.get(deviceId)?.update;
      return { shadow: update?.shadow, update: update?.state };
    });
    const { tolerances, limits, alpha } = rollout.spec;
    const options = { tolerances, limits, alpha, holdAt: phaseOf(rollout).gate.holdAt };
    return units.length < BREATHE_AFTER ? judge(units, options) : judgeMany(units, options, breath);
  }

  async watch(rollout: Rollout): Promise<void> {
    await this.#watch(rollout);
  }

  /** Everything again, now: after an operator's change. Call it inside `run()`. */
  refresh(): Promise<void> {
    return this.#tick();
  }

  async releases(): Promise<Releases> {
    const byName = new Map<string, string[]>();
    for (const { name, version, state } of await this.#options.models.list()) {
      const versions = byName.get(name) ?? [];
      byName.set(name, versions);
      if (state === "published") versions.push(version);
    }
    return (name) => byName.get(name);
  }

  async #tick(): Promise<void> {
    const { book, devices: listDevices, now } = this.#options;
    const [devices, releases] = await Promise.all([listDevices(), this.releases()]);
    for (const { deviceId, model } of devices) {
      if (!this.#running.has(deviceId)) this.#learnFromStatus(deviceId, model);
    }
    book.refreshWindows(now());
    for (const entry of book.entries()) await this.#step(entry, devices, releases);
    await this.#save();
    await this.#tell(devices, releases);
  }

  async #step(entry: BookEntry, devices: readonly FleetDevice[], releases: Releases): Promise<void> {
    const { rollout } = entry;
    if (!isActive(rollout)) this.#options.health.unwatch(rollout.id);
    if (rollout.progress.state === "queued" && !this.conflictOf(rollout, devices)) return this.#begin(entry);
    const step = nextStep({
      rollout,
      devices: this.#planned(entry, devices),
      verdict: await this.verdictOf(entry),
      release: releaseOf(rollout, releases),
      nowUs: this.#options.now(),
    });
    entry.status = step.status;
    await this.#apply(entry, step);
  }

  async #begin(entry: BookEntry): Promise<void> {
    const atUs = this.#options.now();
    const progress = { ...entry.rollout.progress, state: "running" as const, phaseSinceUs: atUs };
    const reason = "The rollouts of its devices have ended";
    const decision: Decision = { atUs, by: "rollout", action: "start", phase: 0, reason, evidence: [] };
    await this.#note(entry, decision);
    await this.#options.book.change(entry, { progress, members: [], leave: [], decision });
    await this.#watch(entry.rollout);
  }

  async #apply(entry: BookEntry, step: PlanStep): Promise<void> {
    const { book, now, log } = this.#options;
    const { rollout } = entry;
    const { phase } = rollout.progress;
    const again = step.decision?.action === entry.lastDecision?.action && phase === entry.lastDecision?.phase;
    const decision = step.decision && !again ? { ...step.decision, atUs: now(), by: "rollout", phase } : undefined;
    const isNews = JSON.stringify(step.progress) !== JSON.stringify(rollout.progress);
    if (!decision && !isNews && step.join.length + step.leave.length === 0) return;
    if (decision) await this.#note(entry, decision);
    const members = step.join.map((deviceId) => this.#memberOf(rollout, deviceId));
    const progress = isNews ? step.progress : undefined;
    await book.change(entry, { progress, members, leave: step.leave, decision });
    if (decision)
      log.info({ rollout: rollout.id, action: decision.action, reason: decision.reason }, "Rollout decided");
  }

  /** Before the deed. */
  async #note({ rollout }: BookEntry, { action, reason, phase }: Decision): Promise<void> {
    await this.#options.audit({
      by: `rollout ${rollout.id}`,
      action: `rollout.${action}`,
      subject: rollout.id,
      detail: { reason, phase },
    });
  }

  #memberOf(rollout: Rollout, deviceId: string): RolloutDevice {
    const { book, now } = this.#options;
    const previous = this.#running.get(deviceId) ?? null;
    const isThere =
      previous !== null && modelKey(previous) === modelKey({ name: rollout.spec.model, version: rollout.spec.version });
    return {
      deviceId,
      phase: rollout.progress.phase,
      assignedAtUs: now(),
      previous,
      ...book.wayIn(rollout, deviceId, now()),
      update: null,
      ...(isThere ? { switchedAtUs: now() } : {}),
    };
  }

  #planned(entry: BookEntry, devices: readonly FleetDevice[]): PlannedDevice[] {
    const { book } = this.#options;
    const elsewhere = this.#claimedElsewhere(entry.rollout);
    return devices.map((device) => {
      const { deviceId, reachable } = device;
      const pinned = book.pin(deviceId) !== undefined;
      const eligible = !pinned && !elsewhere.has(deviceId) && this.matches(entry.rollout, device);
      const [running, member] = [this.#running.get(deviceId), entry.members.get(deviceId)];
      return { deviceId, eligible, pinned, reachable, running, member };
    });
  }

  /** Devices that an active rollout, or a completed one that is newer, has taken in. */
  #claimedElsewhere({ id, number }: Rollout): Set<string> {
    const claimed = this.#options.book.entries().filter(({ rollout }) => {
      if (rollout.id === id) return false;
      return isActive(rollout) || (rollout.progress.state === "completed" && rollout.number > number);
    });
    return new Set(claimed.flatMap(({ members }) => [...members.keys()]));
  }

  /** Another rollout that is under way and may take, or has taken, a device this one means. */
  conflictOf(rollout: Pick<Rollout, "spec"> & { id?: string }, devices: readonly FleetDevice[]): Rollout | undefined {
    const meant = devices.filter((device) => this.matches(rollout, device));
    const others = this.#options.book
      .entries()
      .filter((entry) => isActive(entry.rollout) && entry.rollout.id !== rollout.id);
    return others.find((other) =>
      meant.some((device) => other.members.has(device.deviceId) || this.matches(other.rollout, device)),
    )?.rollout;
  }

  async #watch(rollout: Rollout): Promise<void> {
    const { health, fleet } = this.#options;
    const { id, spec } = rollout;
    health.watch(
      { id, candidate: modelKey({ name: spec.model, version: spec.version }) },
      await fleet.rollouts.health(id),
    );
  }

  /** Evidence and reports that are lost in a crash are said again, or were a few seconds' worth. */
  async #save(): Promise<void> {
    const { book, fleet, now } = this.#options;
    const changes = book.takeChanges();
    if (changes.length > 0) await fleet.rollouts.change(changes);
    if (now() - this.#healthSavedUs >= SAVE_HEALTH_US) await this.#saveHealth();
  }

  async #saveHealth(): Promise<void> {
    const { health, fleet, now } = this.#options;
    this.#healthSavedUs = now();
    const { devices, rollouts } = health.takeChanged();
    for (let k = 0; k < Math.max(devices.length, rollouts.length); k += SAVED_AT_ONCE) {
      await fleet.rollouts.saveHealth(devices.slice(k, k + SAVED_AT_ONCE), rollouts.slice(k, k + SAVED_AT_ONCE));
    }
  }

  /** After a start everybody is told again; the desk sees that nothing has changed. */
  async #tell(devices: readonly FleetDevice[], allowed: Releases): Promise<void> {
    const claims = this.#claims();
    for (const [k, { deviceId }] of devices.entries()) {
      if (k % BREATHE_AFTER === BREATHE_AFTER - 1) await breath();
      const wish = wishOf({ pin: this.#options.book.pin(deviceId), claims: claims.get(deviceId) ?? [], allowed });
      const text = JSON.stringify(wish ?? null);
      if (this.#told.get(deviceId) !== text) await this.#tellOne(deviceId, wish, text);
    }
  }

  async #tellOne(deviceId: string, wish: DesiredModel | undefined, text: string): Promise<void> {
    try {
      await this.#options.desk.setModel(deviceId, wish);
      this.#told.set(deviceId, text);
    } catch (error) {
      const { message: reason } = error as Error;
      this.#options.log.error({ device: deviceId, reason }, "Model wish not noted; tried again");
    }
  }

  /** By device: the rollouts that have taken it in. */
  #claims(): Map<string, Claim[]> {
    const claims = new Map<string, Claim[]>();
    for (const { rollout, members } of this.#options.book.entries()) {
      for (const [deviceId, member] of members) {
        const own = claims.get(deviceId);
        if (own) own.push({ rollout, member });
        else claims.set(deviceId, [{ rollout, member }]);
      }
    }
    return claims;
  }
}

const breath = () => new Promise((resolve) => setImmediate(resolve));

function releaseOf({ spec }: Rollout, releases: Releases): { allowed: boolean; reason: string } {
  const allowed = releases(spec.model)?.includes(spec.version) ?? false;
  return { allowed, reason: allowed ? "" : "it is revoked, withdrawn or below the floor" };
}
