/** What operators ask of rollouts, pins and venues into changes that are noted, checked and carried out. */
import { createHash } from "node:crypto";
import type { Audit } from "../audit/audit.js";
import { BadRequestError, ConflictError, NotFoundError } from "../problems.js";
import type { FleetStore } from "../store/fleet-store.js";
import type { ActivateBody, Decision, ModelPin, PinBody, Rollout, RolloutProgress, RolloutSpec } from "./rollout.js";
import { isActive, RolloutSpec as RolloutSpecSchema } from "./rollout.js";
import type { BookEntry, RolloutBook } from "./rollout-book.js";
import type { FleetDevice, RolloutEngine } from "./rollout-engine.js";
import { hasIt, phaseOf } from "./rollout-plan.js";
import type { VenueSettings } from "./venue.js";

export interface RolloutDeskOptions {
  book: RolloutBook;
  engine: RolloutEngine;
  fleet: FleetStore;
  audit: Audit;
  devices(): Promise<FleetDevice[]>;
  now(): number;
}

export interface Order {
  by: string;
  reason: string;
}

export class RolloutDesk {
  readonly #options: RolloutDeskOptions;

  constructor(options: RolloutDeskOptions) {
    this.#options = options;
  }

  /** The same key again with the same wish is the same rollout. Throws ConflictError when its devices are in another. */
  create(spec: RolloutSpec, by: string, key: string | undefined): Promise<{ rollout: Rollout; created: boolean }> {
    return this.#options.engine.run(async () => {
      const known = await this.#known(spec, key);
      if (known) return { rollout: known, created: false };
      await this.#requireRelease(spec.model, spec.version);
      const conflict = this.#options.engine.conflictOf({ spec }, await this.#options.devices());
      if (conflict && spec.whenBusy === "refuse") {
        throw new ConflictError(
          `Devices of this rollout are in rollout ${conflict.id} (${conflict.spec.model} ${conflict.spec.version})`,
          {
            field: "target",
            remedy: 'A device is in one rollout at a time: wait, abort that one, or send "whenBusy": "queue"',
          },
        );
      }
      await this.#options.audit({
        by,
        action: "rollout.create",
        subject: `${spec.model} ${spec.version}`,
        detail: { target: spec.target },
      });
      const reason = conflict
        ? `Waits for rollout ${conflict.id}`
        : `Asked for${spec.note === "" ? "" : `: ${spec.note}`}`;
      const state = conflict ? "queued" : "running";
      const entry = await this.#add({ kind: "phased", spec, by, state, reason, idempotencyKey: key });
      return { rollout: entry.rollout, created: true };
    });
  }

  /** Everywhere at once, without gates: what is under way for the same devices ends. */
  activate(model: string, version: string, body: ActivateBody, by: string): Promise<Rollout> {
    return this.#options.engine.run(async () => {
      await this.#requireRelease(model, version);
      const spec = RolloutSpecSchema.parse({
        model,
        version,
        target: body.target,
        note: body.note,
        phases: [{ percent: 100, gate: {}, soakS: 0 }],
        switch: {
          when: "any",
          lock: body.when === "quiet",
          lockExpiresS: body.lockExpiresS,
          shadowS: 0,
          probationS: 600,
        },
      });
      await this.#options.audit({
        by,
        action: "model.activate",
        subject: `${model} ${version}`,
        detail: { target: body.target },
      });
      const devices = await this.#options.devices();
      for (let other = this.#conflict(spec, devices); other; other = this.#conflict(spec, devices)) {
        await this.#end(other, { by, reason: `${model} ${version} was activated` }, undefined);
      }
      const entry = await this.#add({ kind: "activate", spec, by, state: "completed", reason: `Activated by ${by}` });
      return entry.rollout;
    });
  }

  pause(id: string, order: Order): Promise<Rollout> {
    return this.#act(id, "pause", order, ({ progress }) => {
      if (progress.state !== "running") throw notIn(progress, "running");
      return { ...progress, state: "paused" };
    });
  }

  resume(id: string, order: Order): Promise<Rollout> {
    return this.#act(id, "resume", order, ({ progress }) => {
      if (progress.state !== "paused") throw notIn(progress, "paused");
      return { ...progress, state: "running" };
    });
  }

  /** To the next phase now, whatever the gate says; after the last phase: completed. */
  advance(id: string, order: Order): Promise<Rollout> {
    return this.#act(id, "advance", order, ({ progress, spec }) => {
      if (progress.state !== "running") throw notIn(progress, "running");
      const nowUs = this.#options.now();
      if (progress.phase + 1 >= spec.phases.length) return { ...progress, state: "completed", endedAtUs: nowUs };
      return { ...progress, phase: progress.phase + 1, phaseSinceUs: nowUs, settledAtUs: undefined };
    });
  }

  abort(
    id: string,
    order: Order & { rollBack?: boolean | undefined; when?: "quiet" | "now" | undefined },
  ): Promise<Rollout> {
    return this.#act(id, "abort", order, ({ progress, spec }) => {
      if (progress.state === "completed" || progress.state === "aborted") throw notIn(progress, "under way");
      const back = order.rollBack ?? spec.abort.rollBack;
      const rollBack = back ? (order.when ?? spec.abort.when) : undefined;
      return { ...progress, state: "aborted", endedAtUs: this.#options.now(), rollBack };
    });
  }

  /** Everybody who has it goes back, also after the rollout was completed. */
  rollBack(id: string, order: Order & { when?: "quiet" | "now" | undefined }): Promise<Rollout> {
    return this.#act(id, "roll-back", order, ({ progress, spec }) => {
      const rollBack = order.when ?? spec.abort.when;
      return { ...progress, state: "aborted", endedAtUs: progress.endedAtUs ?? this.#options.now(), rollBack };
    });
  }

  pin(
    deviceId: string,
    { name, version, when, lockExpiresS, shadowS, probationS }: PinBody,
    by: string,
  ): Promise<ModelPin> {
    return this.#options.engine.run(async () => {
      await this.#requireRelease(name, version);
      await this.#options.audit({ by, action: "device.pin-model", subject: deviceId, detail: { name, version, when } });
      const model = { name, version, rollout: "", switch: { when, windows: [], lockExpiresS }, shadowS, probationS };
      const pin: ModelPin = { deviceId, model, by, atUs: this.#options.now() };
      await this.#options.book.setPin(pin);
      await this.#options.engine.refresh();
      return pin;
    });
  }

  unpin(deviceId: string, by: string): Promise<boolean> {
    return this.#options.engine.run(async () => {
      await this.#options.audit({ by, action: "device.unpin-model", subject: deviceId });
      const removed = await this.#options.book.removePin(deviceId);
      await this.#options.engine.refresh();
      return removed;
    });
  }

  putVenue(venue: string, settings: VenueSettings, by: string): Promise<void> {
    return this.#options.engine.run(async () => {
      await this.#options.audit({ by, action: "venue.set", subject: venue, detail: { ...settings } });
      await this.#options.book.putVenue(venue, settings, this.#options.now());
      await this.#options.engine.refresh();
    });
  }

  /** Throws NotFoundError. */
  entry(id: string): BookEntry {
    const entry = this.#options.book.entry(id);
    if (entry) return entry;
    throw new NotFoundError(`No rollout "${id.slice(0, 64)}" is known`, { remedy: "GET /api/v1/rollouts lists them" });
  }

  /** In full, as `GET /api/v1/rollouts/{id}` shows it. */
  async detail(id: string) {
    const { engine, fleet, now } = this.#options;
    const entry = this.entry(id);
    const decisions = await fleet.rollouts.decisions(id);
    const verdict = await engine.verdictOf(entry);
    const gates = isActive(entry.rollout)
      ? verdict.gates
      : (decisions.findLast(({ evidence }) => evidence.length > 0)?.evidence ?? []);
    return {
      ...summaryOf(entry),
      spec: entry.rollout.spec,
      salt: entry.rollout.salt,
      devices: this.members(id),
      gates,
      eValue: verdict.eValue,
      decisions,
      atUs: now(),
    };
  }

  /** Its devices, each with what it runs and how far it is. Throws NotFoundError. */
  members(id: string) {
    const entry = this.entry(id);
    return [...entry.members.values()].map((member) => {
      const running = this.#options.engine.runningOf(member.deviceId);
      const state = stateOf(entry.rollout, { ...member, running });
      return { ...member, running: running ?? null, state };
    });
  }

  summaries() {
    return this.#options.book.entries().map(summaryOf);
  }

  async #known(spec: RolloutSpec, key: string | undefined): Promise<Rollout | undefined> {
    if (key === undefined) return undefined;
    const known = await this.#options.fleet.rollouts.byKey(key);
    if (!known || digestOf(known.spec) === digestOf(spec))
      return known && (this.#options.book.entry(known.id)?.rollout ?? known);
    throw new ConflictError(`The idempotency key "${key}" was used for another rollout, ${known.id}`, {
      field: "Idempotency-Key",
      remedy: "Use a new key for a new rollout",
    });
  }

  async #requireRelease(model: string, version: string): Promise<void> {
    const versions = (await this.#options.engine.releases())(model);
    if (versions?.includes(version)) return;
    const there =
      versions && versions.length > 0
        ? `may be given out: ${versions.slice(0, 5).join(", ")}`
        : "nothing may be given out";
    throw new BadRequestError(
      `Model ${model} ${version} is not signed, or was revoked, withdrawn or is below the floor`,
      {
        field: "version",
        remedy: `Of ${model} ${there}; "tactus models list" shows all versions`,
      },
    );
  }

  #conflict(spec: RolloutSpec, devices: readonly FleetDevice[]): BookEntry | undefined {
    const conflict = this.#options.engine.conflictOf({ spec }, devices);
    return conflict && this.#options.book.entry(conflict.id);
  }

  async #add(rollout: Parameters<RolloutBook["create"]>[0]): Promise<BookEntry> {
    const { book, engine, now } = this.#options;
    const entry = await book.create(rollout, now());
    if (isActive(entry.rollout)) await engine.watch(entry.rollout);
    await engine.refresh();
    return entry;
  }

  async #end(entry: BookEntry, { by, reason }: Order, rollBack: "quiet" | "now" | undefined): Promise<void> {
    const atUs = this.#options.now();
    const progress: RolloutProgress = { ...entry.rollout.progress, state: "aborted", endedAtUs: atUs, rollBack };
    const decision: Decision = { atUs, by, action: "abort", phase: progress.phase, reason, evidence: [] };
    await this.#options.book.change(entry, { progress, members: [], leave: [], decision });
  }

  #act(
    id: string,
    action: Decision["action"],
    { by, reason }: Order,
    change: (rollout: Rollout) => RolloutProgress,
  ): Promise<Rollout> {
    return this.#options.engine.run(async () => {
      const { book, engine, audit, now } = this.#options;
      const entry = this.entry(id);
      const progress = change(entry.rollout);
      await audit({ by, action: `rollout.${action}`, subject: id, detail: { reason } });
      const { gates: evidence } = await engine.verdictOf(entry);
      const decision: Decision = { atUs: now(), by, action, phase: entry.rollout.progress.phase, reason, evidence };
      await book.change(entry, { progress, members: [], leave: [], decision });
      if (isActive(entry.rollout)) await engine.watch(entry.rollout);
      await engine.refresh();
      return entry.rollout;
    });
  }
}

/** One line of the list. */
function summaryOf({ rollout, members, status }: BookEntry) {
  const { id, number, kind, createdAtUs, createdBy, spec, progress } = rollout;
  const phase = phaseOf(rollout);
  const switched = [...members.values()].filter(
    ({ switchedAtUs, backAtUs }) => switchedAtUs !== undefined && backAtUs === undefined,
  );
  return {
    id,
    number,
    kind,
    model: spec.model,
    version: spec.version,
    target: spec.target,
    note: spec.note,
    createdAtUs,
    createdBy,
    ...progress,
    settledAtUs: progress.settledAtUs ?? null,
    endedAtUs: progress.endedAtUs ?? null,
    rollBack: progress.rollBack ?? null,
    percent: phase.percent,
    phases: spec.phases,
    status,
    members: members.size,
    switched: switched.length,
  };
}

function stateOf(
  rollout: Rollout,
  device: BookEntry["members"] extends Map<string, infer M>
    ? M & { running: { name: string; version: string } | undefined }
    : never,
): string {
  const { state, rollBack } = rollout.progress;
  const has = hasIt(device, rollout);
  if (state === "aborted" && device.switchedAtUs !== undefined && rollBack) return has ? "going-back" : "back";
  if (state === "aborted") return has ? "has-it" : "let-go";
  if (device.update) return device.update.state;
  return has ? "committed" : "assigned";
}

const notIn = ({ state }: RolloutProgress, wanted: string): ConflictError =>
  new ConflictError(`The rollout is ${state}, not ${wanted}`, { remedy: "GET the rollout for its state" });

const digestOf = (spec: RolloutSpec): string => createHash("sha256").update(JSON.stringify(spec)).digest("hex");
