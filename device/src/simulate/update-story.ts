/** The model a box is wanted to run into the states it goes through until it does: an update without anything to load. Pure. */
import type { DesiredModel, ModelName, ReportedModels, UpdateReport, UpdateState } from "@tactus/shared";
import type { ModelQuality } from "./model-quality.js";
import type { Random } from "./random.js";

export interface UpdateStoryOptions {
  active: ModelName;
  random: Random;
  qualityOf(model: string): ModelQuality;
}

/** How long the steps take that the wish does not say: seconds. */
const DOWNLOAD_S = [2, 20] as const;
const GOLDEN_S = [1, 3] as const;

const ENDS: readonly UpdateState[] = ["committed", "rolled-back", "refused", "failed"];

export const nameOf = ({ name, version }: ModelName): string => `${name} ${version}`;

export class UpdateStory {
  readonly #options: UpdateStoryOptions;
  #active: ModelName;
  #standby: ModelName | null = null;
  #wanted: DesiredModel | undefined;
  #update: UpdateReport | null = null;
  #stepEndsUs = 0;
  /** The step at which this update goes wrong; undefined = it does not. */
  #failsAt: UpdateState | undefined;

  constructor(options: UpdateStoryOptions) {
    this.#options = options;
    this.#active = options.active;
  }

  get active(): ModelName {
    return this.#active;
  }

  report(): ReportedModels {
    return { active: this.#active, standby: this.#standby, update: this.#update };
  }

  /** True when something is to be reported. */
  want(model: DesiredModel | undefined, nowUs: number): boolean {
    const before = this.#wanted;
    this.#wanted = model;
    if (!model || isSame(model, this.#active)) return this.#abandon(nowUs, model);
    if (before && isSame(model, before) && this.#update && isSame(model, this.#update)) return false;
    if (this.#standby && isSame(model, this.#standby)) return this.#goBack(model, nowUs);
    const { random, qualityOf } = this.#options;
    const { updateFailure } = qualityOf(nameOf(model));
    const steps: UpdateState[] = ["downloading", "golden", "probation"];
    this.#failsAt = random.chance(updateFailure) ? steps[Math.floor(random.next() * steps.length)] : undefined;
    this.#enter("downloading", nowUs, random.between(...DOWNLOAD_S));
    return true;
  }

  /** Now and then. `isPlaying`: is there music? True when something is to be reported. */
  tick(nowUs: number, isPlaying: boolean): boolean {
    const [update, wanted] = [this.#update, this.#wanted];
    if (!update || !wanted || ENDS.includes(update.state) || nowUs < this.#stepEndsUs) return false;
    if (this.#failsAt === update.state) return this.#fail(update.state, nowUs);
    const { random } = this.#options;
    switch (update.state) {
      case "downloading":
        this.#enter("golden", nowUs, random.between(...GOLDEN_S));
        return true;
      case "golden":
        this.#enter("shadow", nowUs, wanted.shadowS);
        return true;
      case "shadow":
        this.#enter("waiting", nowUs, 0);
        return true;
      case "waiting":
        return this.#switch(wanted, nowUs, isPlaying);
      default:
        this.#enter("committed", nowUs, 0);
        return true;
    }
  }

  /** The box was started again: an update that was not through probation is judged as any other. */
  crashed(nowUs: number): boolean {
    if (this.#update?.state !== "probation") return false;
    return this.#fail("probation", nowUs);
  }

  /** The slot before is still there: nothing is loaded, nothing is tried. */
  #goBack(model: DesiredModel, nowUs: number): boolean {
    this.#enter("committed", nowUs, 0);
    this.#standby = this.#active;
    this.#active = { name: model.name, version: model.version };
    return true;
  }

  #abandon(nowUs: number, model: DesiredModel | undefined): boolean {
    if (!this.#update || ENDS.includes(this.#update.state)) return false;
    if (this.#update.state === "probation" && model && isSame(model, this.#update)) return false;
    this.#update = { ...this.#update, state: "failed", sinceUs: nowUs, reason: "No longer wanted" };
    return true;
  }

  #switch({ switch: when, probationS }: DesiredModel, nowUs: number, isPlaying: boolean): boolean {
    const inWindow =
      when.windows.length === 0 || when.windows.some(({ fromUs, toUs }) => nowUs >= fromUs && nowUs < toUs);
    const readyUs = this.#update?.sinceUs ?? nowUs;
    const expiresAtUs = when.lockExpiresS === 0 ? 0 : readyUs + when.lockExpiresS * 1e6;
    const isLocked = when.when === "quiet" && isPlaying && (expiresAtUs === 0 || nowUs < expiresAtUs);
    if (!inWindow || isLocked) {
      const reason = inWindow ? "music is playing" : "outside the maintenance window";
      if (!this.#update || this.#update.lock?.reason === reason) return false;
      this.#update = { ...this.#update, reason, lock: { reason, expiresAtUs: inWindow ? expiresAtUs : 0 } };
      return true;
    }
    this.#enter("probation", nowUs, probationS);
    this.#standby = this.#active;
    if (this.#update) this.#active = { name: this.#update.name, version: this.#update.version };
    return true;
  }

  #fail(at: UpdateState, nowUs: number): boolean {
    if (at === "probation") {
      if (this.#standby) [this.#active, this.#standby] = [this.#standby, null];
      this.#enter("rolled-back", nowUs, 0, "Crashed during probation");
    } else if (at === "golden") {
      this.#enter("refused", nowUs, 0, "The golden clip was not reproduced");
    } else {
      this.#enter("failed", nowUs, 0, "The artifact could not be loaded");
    }
    return true;
  }

  #enter(state: UpdateState, nowUs: number, lastsS: number, reason = ""): void {
    const of = this.#wanted ?? this.#update;
    if (!of) return;
    const { name, version, rollout } = of;
    const { golden, shadow } = this.#update && isSame(this.#update, of) ? this.#update : {};
    const results = { ...(golden ? { golden } : {}), ...(shadow ? { shadow } : {}) };
    const before = this.#update?.state;
    this.#update = { name, version, rollout, state, sinceUs: nowUs, reason, ...results };
    if (before === "golden" && state === "shadow") this.#update.golden = this.#golden();
    if (before === "shadow" && state === "waiting") this.#update.shadow = this.#shadow();
    this.#stepEndsUs = nowUs + lastsS * 1e6;
  }

  #golden(): NonNullable<UpdateReport["golden"]> {
    const { hopP99Ms } = this.#options.qualityOf(nameOf(this.#wanted ?? this.#active));
    return { agreement: 1, hopP99Ms };
  }

  #shadow(): NonNullable<UpdateReport["shadow"]> {
    const { qualityOf, random } = this.#options;
    const model = nameOf(this.#wanted ?? this.#active);
    const [candidate, active] = [qualityOf(model), qualityOf(nameOf(this.#active))];
    const musicS = this.#wanted?.shadowS ?? 0;
    return {
      model,
      musicS,
      disagreement: Math.min(1, candidate.shadowDisagreement * random.between(0.7, 1.3)),
      octaveFlips: random.count((candidate.octaveFlipsPerHour * musicS) / 3600),
      instability: { active: active.instability, candidate: candidate.instability },
      hopP99Ms: candidate.hopP99Ms,
    };
  }
}

const isSame = (one: ModelName, other: ModelName): boolean => one.name === other.name && one.version === other.version;
