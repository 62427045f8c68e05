/** Wishes of operators and rollouts into `twin/desired`, and `twin/reported` into what is known of each box. */
import { setTimeout as sleep } from "node:timers/promises";
import type { DesiredModel, TwinDesired, TwinReported } from "@tactus/shared";
import type { DeviceLink } from "../broker/device-link.js";
import { deviceIdOf, parseDeviceId } from "../device-id.js";
import type { FleetMessage } from "../ingest/ingest.js";
import type { DeviceBoard } from "../live/device-board.js";
import type { Log } from "../log.js";
import type { Counter, Metrics } from "../metrics.js";
import type { FleetStore } from "../store/fleet-store.js";
import { type ConfigLayers, deltaOf, type EffectiveSettings, effectiveSettings } from "./config-layers.js";
import type { ComposedTwin, StoredTwin } from "./twin-tables.js";

export interface TwinDeskOptions {
  fleet: FleetStore;
  link: DeviceLink;
  board: DeviceBoard;
  metrics: Metrics;
  log: Log;
  /** Epoch microseconds. */
  now(): number;
}

/** One device as the cloud wants it and as it says it is. */
export interface Twin {
  device: string;
  /** Of what is wanted. */
  version: number;
  desired: { config: TwinDesired["config"]; model: DesiredModel | null };
  reported: TwinReported | null;
  reportedAtUs: number;
  /** Since the box said this, seconds; null = it never said anything. */
  ageS: number | null;
  /** `unheard`: no report yet. `pending`: the box has not worked through the newest wish. `refused`: it will not do all of it. */
  state: "in-step" | "pending" | "refused" | "unheard";
  /** Since when the newest wish waits; 0 = it does not. */
  pendingSinceUs: number;
  /** Wanted values that do not hold on the box. */
  delta: TwinDesired["config"];
  settings: EffectiveSettings;
}

/** A wish that was told and not worked through is told again after this: microseconds. */
const TELL_AGAIN_US = 20_000_000;
const SAVE_INTERVAL_MS = 1000;
const COLLECT_MS = 50;
/** Twins composed in one step: whoever else waits for the store comes in between. */
const COMPOSE_STEP = 200;

interface Entry {
  twin: StoredTwin;
  toldAtUs: number;
  isUnsaved: boolean;
}

export class TwinDesk {
  readonly #options: TwinDeskOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners: ((device: string, reported: TwinReported) => void)[] = [];
  readonly #reports: Counter;
  /** Devices that were never heard of before. */
  readonly #unknown = new Set<string>();
  #composing: Promise<unknown> | undefined;
  #saving: NodeJS.Timeout | undefined;
  #saved: Promise<void> = Promise.resolve();

  constructor(options: TwinDeskOptions) {
    this.#options = options;
    this.#reports = options.metrics.counter("tactus_twin_reports_total", "Reports of twins, by outcome");
    options.metrics.gauge("tactus_twins_pending", "Devices that have not worked through what is wanted", () =>
      [...this.#entries.values()].reduce((sum, { twin }) => sum + Number(isPending(twin)), 0),
    );
  }

  async start(): Promise<void> {
    const { fleet } = this.#options;
    for (const twin of await fleet.twins.twins())
      this.#entries.set(twin.device, { twin, toldAtUs: 0, isUnsaved: false });
    this.#saving = setInterval(() => void this.#save(), SAVE_INTERVAL_MS);
  }

  /** What was reported is on disk when it resolves. */
  async stop(): Promise<void> {
    clearInterval(this.#saving);
    await this.#save();
  }

  /** The model this device should come to run; undefined = whatever runs may go on. An equal wish changes nothing. */
  async setModel(deviceId: string, model: DesiredModel | undefined): Promise<void> {
    parseDeviceId(deviceId);
    await this.#options.fleet.twins.setModel(deviceId, model);
    await this.recompose([deviceId]);
  }

  /** Called after every change of a layer. Without devices: all of them. Tells those for which something changed. */
  async recompose(devices?: readonly string[]): Promise<string[]> {
    const ids = devices ?? [
      ...new Set([...this.#entries.keys(), ...this.#options.board.summaries().map(({ id }) => id)]),
    ];
    const changed: string[] = [];
    for (let k = 0; k < ids.length; k += COMPOSE_STEP) {
      const step = ids.slice(k, k + COMPOSE_STEP);
      const twins = await this.#options.fleet.twins.recompose(step, this.#options.now());
      for (const twin of twins) this.#adopt(twin);
      for (const { device } of twins) await this.#tell(device);
      changed.push(...twins.map(({ device }) => device));
    }
    return changed;
  }

  /** Every report of a box that counts, in order. */
  onReported(listener: (device: string, reported: TwinReported) => void): void {
    this.#listeners.push(listener);
  }

  /** What the box said last. */
  reported(deviceId: string): TwinReported | undefined {
    return this.#entries.get(deviceId)?.twin.reported;
  }

  /** Undefined for a device of which nothing is wanted and that has said nothing. */
  async twin(deviceId: string): Promise<Twin | undefined> {
    const entry = this.#entries.get(deviceId);
    if (!entry) return undefined;
    return this.#twinWith(entry, await this.#options.fleet.twins.layersOf(deviceId));
  }

  /** Of those devices of which something is wanted or known. */
  async twinsOf(deviceIds: readonly string[]): Promise<Twin[]> {
    const layers = await this.#options.fleet.twins.layersOfEach(deviceIds);
    return layers.flatMap(({ of, ...found }) => {
      const entry = this.#entries.get(of);
      return entry ? [this.#twinWith(entry, found)] : [];
    });
  }

  #twinWith(entry: Entry, layers: ConfigLayers): Twin {
    const { device: deviceId, version, wanted, reported, reportedAtUs, changedAtUs } = entry.twin;
    const waits = isPending(entry.twin);
    return {
      device: deviceId,
      version,
      desired: { config: wanted.config, model: wanted.model ?? null },
      reported: reported ?? null,
      reportedAtUs,
      ageS: reported ? Math.max(0, Math.round((this.#options.now() - reportedAtUs) / 1e6)) : null,
      state: !reported ? "unheard" : waits ? "pending" : reported.refused.length > 0 ? "refused" : "in-step",
      pendingSinceUs: waits ? changedAtUs : 0,
      delta: deltaOf(wanted.config, reported),
      settings: effectiveSettings(layers, reported),
    };
  }

  /** A `twin/reported` of a box. One of a session that is over, or that came already, changes nothing. */
  take({ at, message }: Extract<FleetMessage, { leaf: "twin/reported" }>, receivedAtUs: number): void {
    const device = deviceIdOf(at);
    const outcome = this.#judge(device, message);
    this.#reports.add({ outcome });
    if (outcome !== "taken") return;
    void this.#learn(device, message, receivedAtUs);
  }

  /** A box says that it is there: it is told what is wanted, as long as it does not say that it knows. */
  async present(deviceId: string): Promise<void> {
    const entry = this.#entries.get(deviceId);
    if (!entry) await this.#compose(deviceId);
    else if (isPending(entry.twin) && this.#options.now() - entry.toldAtUs >= TELL_AGAIN_US) await this.#tell(deviceId);
  }

  #judge(device: string, report: TwinReported): "taken" | "foreign" | "stale" {
    const status = this.#options.board.detail(device)?.status;
    if (status && status.state === "online" && status.session !== report.session) return "foreign";
    const known = this.#entries.get(device)?.twin.reported;
    return known?.session === report.session && report.version <= known.version ? "stale" : "taken";
  }

  async #learn(device: string, reported: TwinReported, atUs: number): Promise<void> {
    try {
      if (!this.#entries.has(device)) await this.#compose(device);
      const entry = this.#entries.get(device);
      if (!entry) return;
      Object.assign(entry.twin, { reported, reportedAtUs: atUs });
      entry.isUnsaved = true;
      for (const listener of this.#listeners) listener(device, reported);
      // A cloud that was restored from a copy counts from where the box is.
      if (reported.desiredVersion > entry.twin.version) await this.#overtake(device, reported.desiredVersion);
      else if (isPending(entry.twin)) await this.#tell(device);
    } catch (error) {
      this.#options.log.error({ device, reason: (error as Error).message }, "Twin report not worked through");
    }
  }

  /** Many boxes come at once after a start of the cloud: one commit for all that came within a moment. */
  #compose(device: string): Promise<unknown> {
    this.#unknown.add(device);
    this.#composing ??= sleep(COLLECT_MS).then(() => {
      const devices = [...this.#unknown];
      this.#unknown.clear();
      this.#composing = undefined;
      return this.recompose(devices);
    });
    return this.#composing;
  }

  async #overtake(device: string, floor: number): Promise<void> {
    const changed = await this.#options.fleet.twins.recompose([device], this.#options.now(), { [device]: floor });
    for (const twin of changed) this.#adopt(twin);
    await this.#tell(device);
  }

  /** Reports may have come while the wish was composed: the newest of them stays. */
  #adopt(twin: ComposedTwin): void {
    const known = this.#entries.get(twin.device);
    const { reported, reportedAtUs = 0 } = known?.twin ?? {};
    this.#entries.set(twin.device, {
      twin: { ...twin, reported, reportedAtUs },
      toldAtUs: 0,
      isUnsaved: known?.isUnsaved ?? false,
    });
  }

  /** Retained, for a link that breaks a moment before; a device that is away hears it when it comes. */
  async #tell(device: string): Promise<void> {
    const { link, board, now, log } = this.#options;
    const entry = this.#entries.get(device);
    if (!entry || board.detail(device)?.state !== "online") return;
    entry.toldAtUs = now();
    const { version, wanted } = entry.twin;
    const desired: TwinDesired = { v: 1, version, ...wanted };
    try {
      await link.publish(parseDeviceId(device), "twin/desired", desired, { retain: true });
    } catch (error) {
      log.warn({ device, reason: (error as Error).message }, "Twin not told"); // and again when it next says that it is there
    }
  }

  #save(): Promise<void> {
    const { fleet, log } = this.#options;
    const unsaved = [...this.#entries.values()].filter(({ isUnsaved }) => isUnsaved);
    const reports = unsaved.flatMap((entry) => {
      entry.isUnsaved = false;
      const { device, reported, reportedAtUs: atUs } = entry.twin;
      return reported ? [{ device, reported, atUs }] : [];
    });
    if (reports.length > 0) {
      this.#saved = this.#saved.then(() =>
        fleet.twins
          .saveReports(reports)
          .catch((error: Error) => log.error({ reason: error.message }, "Twin reports not stored")),
      );
    }
    return this.#saved;
  }
}

const isPending = ({ reported, version }: StoredTwin): boolean => (reported?.desiredVersion ?? 0) !== version;
