/** The supervisor's side of an update: which model hearing runs, and whether a new one may stay. */
import type { TelemetryMessage } from "@tactus/shared";
import type { Logger } from "pino";
import type { ModelFacts } from "./model-facts.js";
import type { ModelSlots } from "./model-slots.js";
import type { ModelTrial } from "./model-trial.js";
import { ProbationWatch } from "./probation-watch.js";

/** A start that lasted this long is not part of a loop, seconds. */
const LASTED_S = 300;
/** How often the age of a probation is kept, seconds: what a power cut takes of it. */
const KEPT_EVERY_S = 30;
/** Hearing has this long to change the model while it runs, seconds; then it is started anew. */
const SWAP_WITHIN_S = 60;

export interface ModelKeeperOptions {
  slots: ModelSlots;
  /** The configuration names a folder: it runs, and nothing else is tried. */
  modelDir: string | undefined;
  /** Ask hearing to change to the model in this folder while it runs; false when it is not there. */
  swap: (artifactDir: string) => boolean;
  /** Start hearing anew: it asks choose(). */
  restart: () => void;
  onChange: (models: ModelFacts) => void;
  log: Logger;
}

export class ModelKeeper {
  readonly #options: ModelKeeperOptions;
  readonly #watch = new ProbationWatch();
  /** One thing after the other. */
  #queue: Promise<void> = Promise.resolve();
  #upS = 0;
  /** Seconds until hearing is started anew because it did not change the model. */
  #swapLeftS = 0;

  constructor(options: ModelKeeperOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    await this.#options.slots.open();
    this.#tell();
  }

  /** The folder to start hearing with. */
  async choose(): Promise<string> {
    const { modelDir, slots } = this.#options;
    if (modelDir !== undefined) return modelDir;
    let dir = "";
    await this.#next(async () => {
      dir = await slots.choose();
      this.#swapLeftS = 0;
      this.#upS = 0;
      this.#settle();
    });
    return dir;
  }

  tryModel(trial: ModelTrial): void {
    void this.#next(async () => {
      const { slots, log, modelDir } = this.#options;
      if (modelDir !== undefined) return;
      const { probation, outcome } = slots.facts();
      if (probation?.id === trial.id || outcome?.id === trial.id) return this.#tell(); // asked again
      try {
        await slots.tryModel(trial);
      } catch (error) {
        log.error({ err: error, ...trial }, "The model could not be put in place");
        return this.#tell({ id: trial.id, reason: (error as Error).message });
      }
      log.info({ ...trial }, "Model on probation");
      this.#run();
    });
  }

  /** The update `id` is called off. */
  dropModel(id: string, reason: string): void {
    void this.#next(async () => {
      if (this.#options.slots.probation?.id === id) await this.#rollBack(reason);
    });
  }

  /** Hearing runs the model it was asked to change to, or (with a reason) could not change while it runs. */
  swapped(artifactDir: string, reason: string): void {
    if (this.#swapLeftS === 0 || artifactDir !== this.#options.slots.activeDir) return;
    this.#swapLeftS = 0;
    if (reason === "") return;
    this.#options.log.warn({ reason }, "Hearing is started anew for the other model");
    this.#options.restart();
  }

  /** Hearing died, and not because it was told to. */
  crashed(): void {
    void this.#next(async () => {
      const { probation } = this.#options.slots;
      if (probation) await this.#options.slots.count({ crashes: probation.crashes + 1 });
    });
  }

  hear(telemetry: TelemetryMessage): void {
    if (this.#swapLeftS > 0) return; // two models are at work
    const reason = this.#watch.hear(telemetry);
    if (reason !== undefined) void this.#next(() => this.#rollBack(reason));
  }

  /** Every second; `isUp`: hearing is at work. */
  tick(isUp: boolean): void {
    const { slots } = this.#options;
    if (this.#swapLeftS === 1) this.swapped(slots.activeDir, `It did not change within ${SWAP_WITHIN_S} s`);
    if (this.#swapLeftS > 1) this.#swapLeftS--;
    if (!isUp || this.#swapLeftS > 0 || !slots.probation) return;
    this.#upS++;
    void this.#next(() => this.#age());
  }

  /** The box is stopped in order: this start was not one that failed. */
  async close(): Promise<void> {
    await this.#next(async () => {
      const { slots } = this.#options;
      const { probation } = slots;
      if (probation) await slots.count({ starts: Math.max(0, probation.starts - 1) });
    });
  }

  async #age(): Promise<void> {
    const { slots, log } = this.#options;
    const { probation } = slots;
    if (!probation) return;
    const ranS = probation.ranS + 1;
    if (ranS >= probation.ofS) {
      slots.age(ranS);
      await slots.commit();
      log.info({ id: probation.id }, "Model kept");
      return this.#settle();
    }
    if (this.#upS === LASTED_S) await slots.count({ ranS, starts: 0 });
    else if (this.#upS % KEPT_EVERY_S === 0) await slots.count({ ranS });
    else slots.age(ranS);
    if (this.#upS % 5 === 0) this.#tell();
  }

  async #rollBack(reason: string): Promise<void> {
    const { slots } = this.#options;
    if (!slots.probation) return;
    await slots.rollBack(reason);
    this.#run();
  }

  /** The active model is another one: hearing changes to it, at best without a gap. */
  #run(): void {
    const { slots, swap, restart } = this.#options;
    this.#settle();
    this.#upS = 0;
    this.#swapLeftS = SWAP_WITHIN_S;
    if (swap(slots.activeDir)) return;
    this.#swapLeftS = 0;
    restart();
  }

  #settle(): void {
    if (this.#options.slots.probation) this.#watch.begin();
    else this.#watch.end();
    this.#tell();
  }

  #tell(refused?: { id: string; reason: string }): void {
    const facts = this.#options.slots.facts();
    this.#options.onChange(refused ? { ...facts, refused } : facts);
  }

  #next(task: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(task).catch((error: unknown) => {
      this.#options.log.error({ err: error }, "Model keeper");
    });
    return this.#queue;
  }
}
