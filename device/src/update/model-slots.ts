/** The folder `models` of the state folder: which model hearing starts with, and how another one takes its place. */
import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ModelManifest, ModelName } from "@tactus/shared";
import type { Logger } from "pino";
import { CheckedFile } from "./checked-file.js";
import { replaceFolder } from "./disk.js";
import type { ModelFacts } from "./model-facts.js";
import type { ModelTrial } from "./model-trial.js";
import {
  committed,
  counted,
  FIRST_STATE,
  freeSlot,
  type Place,
  type Probation,
  replaced,
  rolledBack,
  SlotState,
  startOrder,
  tried,
} from "./slot-state.js";

export interface ModelSlotsOptions {
  stateDir: string;
  bundledDir: string;
  /** A folder into its manifest; rejects when a file is missing or not what the manifest says. */
  check: (dir: string) => Promise<ModelManifest>;
  /** Starts and crashes of hearing that a model on probation is forgiven. */
  maxCrashes: number;
  nowUs: () => number;
  log: Logger;
}

/** Where the agent puts together what will become a slot. */
export const incomingDir = (stateDir: string): string => join(resolve(stateDir), "models", "incoming");

/** One call at a time: the supervisor is its only user. */
export class ModelSlots {
  readonly #options: ModelSlotsOptions;
  readonly #folder: string;
  readonly #file: CheckedFile<SlotState>;
  readonly #models = new Map<Place, ModelName>();
  #state: SlotState = FIRST_STATE;

  constructor(options: ModelSlotsOptions) {
    this.#options = options;
    this.#folder = join(resolve(options.stateDir), "models");
    this.#file = new CheckedFile(join(this.#folder, "slots.json"), SlotState);
  }

  get probation(): Probation | null {
    return this.#state.probation;
  }

  get activeDir(): string {
    return this.dir(this.#state.active);
  }

  /** Never rejects: a box whose disk is broken runs the model that came with it. */
  async open(): Promise<void> {
    const { log, stateDir } = this.#options;
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await Promise.all(
        ["a.gone", "b.gone"].map((name) => rm(join(this.#folder, name), { recursive: true, force: true })),
      );
    } catch (error) {
      log.error({ err: error, stateDir }, "The folder of the models cannot be written");
    }
    const { content, damaged } = await this.#file.read();
    if (damaged) log.error({ reason: damaged }, "What was known of the model slots is damaged: the bundled model runs");
    this.#state = content ?? FIRST_STATE;
    for (const place of ["a", "b", "bundled"] as const) await this.#look(place);
  }

  dir(place: Place): string {
    return place === "bundled" ? this.#options.bundledDir : join(this.#folder, place);
  }

  /**
   * The folder to start hearing with; counted, where the model is on probation. The first that is whole: the active slot,
   * what it replaced, the bundled model. Never rejects.
   */
  async choose(): Promise<string> {
    const { nowUs, maxCrashes, log } = this.#options;
    const { probation } = this.#state;
    if (probation && (probation.starts >= maxCrashes || probation.crashes >= maxCrashes)) {
      await this.rollBack(`Hearing did not stay up on it: ${probation.starts} starts, ${probation.crashes} crashes`);
    }
    await this.#countStart();
    for (const place of startOrder(this.#state)) {
      if (!(await this.#look(place))) continue;
      if (place === this.#state.active) break;
      const reason = `The model in slot ${this.#state.active} is damaged on disk`;
      log.error({ reason, place }, "Another model takes its place");
      await this.#keep(replaced(this.#state, place, reason, nowUs()));
      break;
    }
    return this.dir(this.#models.has(this.#state.active) ? this.#state.active : "bundled");
  }

  /** Makes the model at `from` the active one, on probation. Rejects when it is not whole, or the disk does not take it. */
  async tryModel(trial: ModelTrial): Promise<void> {
    const { check, stateDir } = this.#options;
    let place: Place | "incoming" = trial.from;
    if (place === "incoming") {
      const incoming = incomingDir(stateDir);
      await check(incoming);
      place = freeSlot(this.#state);
      if (this.#state.standby === place) await this.#keepOrThrow({ ...this.#state, standby: null });
      await replaceFolder(incoming, this.dir(place));
    }
    if (!(await this.#look(place))) throw new Error(`The model in ${this.dir(place)} is damaged`);
    await this.#keepOrThrow(tried(this.#state, { id: trial.id, place, ofS: trial.ofS }));
  }

  async rollBack(reason: string): Promise<void> {
    if (!this.#state.probation) return;
    this.#options.log.error({ reason, back: this.#state.probation.fallback }, "Model rolled back");
    await this.#keep(rolledBack(this.#state, reason, this.#options.nowUs()));
  }

  async commit(): Promise<void> {
    await this.#keep(committed(this.#state, this.#options.nowUs()));
  }

  async count(change: Partial<Probation>): Promise<void> {
    await this.#keep(counted(this.#state, change));
  }

  /** It has run this long; not kept. */
  age(ranS: number): void {
    this.#state = counted(this.#state, { ranS });
  }

  facts(): ModelFacts {
    const { active, standby, probation, outcome } = this.#state;
    const places = [...this.#models].map(([place, model]) => ({ place, ...model }));
    const model = (place: Place | null) => (place && this.#models.get(place)) ?? null;
    return { active: model(active), standby: model(standby), places, probation, outcome };
  }

  /**
   * A start that cannot be counted could be the one of an endless loop: the model on probation is not started then. What is
   * said of that is not on the disk either, and is found out again.
   */
  async #countStart(): Promise<void> {
    const { probation } = this.#state;
    if (!probation) return;
    try {
      await this.#keepOrThrow(counted(this.#state, { starts: probation.starts + 1 }));
    } catch (error) {
      await this.rollBack(`Its starts cannot be counted on this disk: ${(error as Error).message}`);
    }
  }

  /** Is there a whole model? */
  async #look(place: Place): Promise<boolean> {
    try {
      const { name, version } = await this.#options.check(this.dir(place));
      this.#models.set(place, { name, version });
      return true;
    } catch (error) {
      if (this.#models.delete(place) || place === this.#state.active)
        this.#options.log.error({ place, reason: (error as Error).message }, "A model is damaged");
      return false;
    }
  }

  async #keepOrThrow(state: SlotState): Promise<void> {
    await this.#file.write(state);
    this.#state = state;
  }

  /** What the disk does not take holds at least until the next start. */
  async #keep(state: SlotState): Promise<void> {
    this.#state = state;
    try {
      await this.#file.write(state);
    } catch (error) {
      this.#options.log.error({ err: error }, "The state of the model slots could not be kept");
    }
  }
}
