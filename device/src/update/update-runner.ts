/** The wish for another model into that model running, step by step; each step is on disk before the next begins. */
import { randomBytes } from "node:crypto";
import { join, resolve } from "node:path";
import {
  Backoff,
  type Clock,
  type DesiredModel,
  type ModelManifest,
  type ModelName,
  type ReportedModels,
  UnavailableError,
  type UpdateReport,
} from "@tactus/shared";
import type { Logger } from "pino";
import type { DeviceFacts, FromProcess } from "../process-channel.js";
import { type Candidate, findCandidate, isSameModel, labelOf } from "./candidate.js";
import { CheckedFile } from "./checked-file.js";
import { syncFolder } from "./disk.js";
import type { ModelFacts } from "./model-facts.js";
import { incomingDir } from "./model-slots.js";
import { type ModelSource, UpdateRefusedError } from "./model-source.js";
import type { ModelUpdater } from "./model-updater.js";
import { TrialError } from "./trial/trial-error.js";
import type { Trials } from "./trial/trials.js";
import {
  begun,
  isBadEnd,
  isEnd,
  isSameWish,
  moment,
  moved,
  reconciled,
  reportOf,
  UpdateRecord,
} from "./update-plan.js";

const TICK_MS = 1000;
/** Changes of progress are told this often at most. */
const TELL_EVERY_MS = 500;
/** The supervisor is asked again to switch when it does not answer, seconds. */
const ASK_AGAIN_S = 15;
const DOWNLOAD_BACKOFF = { base: 5, cap: 600 };
/** A committed model that no longer runs was found damaged: it is fetched again after this, microseconds. */
const REPAIR_US = 60_000_000;
const CALLED_OFF = "Called off";

export interface UpdateRunnerOptions {
  stateDir: string;
  bundledDir: string;
  settings: { enabled: boolean; quietS: number };
  /** The configuration names a folder, which is stronger than any update. */
  modelDir: string | undefined;
  /** Undefined where there is nothing to fetch from: only what is on the box can be switched to. */
  source: ModelSource | undefined;
  check: (dir: string) => Promise<ModelManifest>;
  /** What the box lacks for an update, in words; undefined = nothing. */
  lacks: () => Promise<string | undefined>;
  trials: Trials;
  tell: (message: FromProcess) => void;
  clock: Clock;
  nowUs: () => number;
  log: Logger;
}

type More = Pick<UpdateReport, "progress" | "lock">;

export class UpdateRunner implements ModelUpdater {
  readonly #options: UpdateRunnerOptions;
  readonly #file: CheckedFile<UpdateRecord>;
  #backoff = new Backoff(DOWNLOAD_BACKOFF);
  #wish: DesiredModel | undefined;
  /** The cloud has said what it wants since this process began. */
  #isTold = false;
  #record: UpdateRecord | undefined;
  #more: More = {};
  #facts: DeviceFacts | undefined;
  #quietSince: number;
  /** Aborted when what goes on is no longer wanted. */
  #attempt = new AbortController();
  #stopped = false;
  #loop: Promise<void> | undefined;
  #wake: () => void = () => {};
  #telling: NodeJS.Timeout | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  onChange: () => void = () => {};

  constructor(options: UpdateRunnerOptions) {
    this.#options = options;
    this.#file = new CheckedFile(join(resolve(options.stateDir), "models", "update.json"), UpdateRecord);
    this.#quietSince = options.clock.monotonic();
  }

  async start(): Promise<void> {
    const { content, damaged } = await this.#file.read();
    if (damaged) this.#options.log.warn({ reason: damaged }, "What was known of the last update is lost");
    this.#record = content;
    if (!this.#isTold) this.#wish = content?.wish;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#telling);
    this.#attempt.abort(new UnavailableError("The agent stops"));
    this.#wake();
    await this.#loop;
  }

  want(model: DesiredModel | undefined): void {
    const before = this.#wish;
    this.#isTold = true;
    this.#wish = model;
    if (before && model && isSameWish(before, model)) return;
    this.#attempt.abort(new UnavailableError("Another model is wanted"));
    this.#wake();
  }

  report(): ReportedModels | undefined {
    const models = this.#facts?.models;
    const active = models?.active ?? named(this.#facts?.model ?? "");
    if (!models || !active) return undefined;
    const update = this.#record ? reportOf(this.#record, this.#more) : null;
    return { active, standby: models.standby, update };
  }

  /** The supervisor knows something new. */
  learn(facts: DeviceFacts): void {
    if (facts.music) this.#quietSince = Number.POSITIVE_INFINITY;
    else if (this.#quietSince === Number.POSITIVE_INFINITY) this.#quietSince = this.#options.clock.monotonic();
    const before = JSON.stringify(this.#facts?.models);
    this.#facts = facts;
    if (JSON.stringify(facts.models) === before) return;
    this.#changed();
    this.#wake();
  }

  /** A batch of the tap of hearing. */
  features(batch: string): void {
    this.#options.trials.features(batch);
  }

  async #run(): Promise<void> {
    if (this.#record && isBadEnd(this.#record.state)) this.#trouble();
    while (!this.#stopped) {
      this.#attempt = new AbortController();
      const before = this.#record;
      try {
        await this.#advance(this.#attempt.signal);
      } catch (error) {
        if (!this.#attempt.signal.aborted) await this.#fail(error);
      }
      if (this.#record?.state === before?.state && this.#record?.id === before?.id) await this.#pause(TICK_MS);
    }
  }

  /** One step from where the update stands; rejects when that goes wrong. */
  async #advance(signal: AbortSignal): Promise<void> {
    const models = this.#facts?.models;
    if (!models) return;
    await this.#follow(models);
    const record = this.#record;
    if (!record || signal.aborted) return;
    if (isEnd(record.state)) return await this.#again(record, models);
    if (record.state === "checking") return await this.#check(record, models);
    if (record.state === "downloading") return await this.#download(record, signal);
    if (record.state === "probation") {
      const { probation } = models;
      if (probation) this.#progress(probation.ranS / Math.max(1, probation.ofS));
      return;
    }
    const candidate = await findCandidate(record.wish, models, this.#options);
    if (!candidate) return await this.#move("downloading", { reason: "The candidate is no longer whole on the disk" });
    if (record.state === "golden") await this.#golden(candidate, signal);
    if (record.state === "shadow") await this.#shadow(record, candidate, signal);
    if (record.state === "waiting") await this.#wait(record, candidate);
  }

  /** The wish and what the supervisor knows, before anything else is done. */
  async #follow(models: ModelFacts): Promise<void> {
    const { nowUs, tell } = this.#options;
    if (this.#record) await this.#keep(reconciled(this.#record, models, nowUs()));
    const [wish, record] = [this.#wish, this.#record];
    const isWished = wish !== undefined && record !== undefined && isSameWish(wish, record.wish);
    const { probation } = models;
    if (probation && !(isWished && probation.id === record.id) && (record || this.#isTold))
      return tell({ kind: "drop-model", id: probation.id, reason: CALLED_OFF });
    if (isWished) {
      if (JSON.stringify(wish) !== JSON.stringify(record.wish)) await this.#keep({ ...record, wish });
      return;
    }
    if (wish) await this.#begin(wish, models);
    else if (record && !isEnd(record.state)) await this.#keep(undefined);
  }

  async #begin(wish: DesiredModel, models: ModelFacts): Promise<void> {
    const { nowUs, log } = this.#options;
    await this.#keep(begun(wish, randomBytes(6).toString("hex"), nowUs()));
    log.info({ name: wish.name, version: wish.version, rollout: wish.rollout }, "Update begins");
    this.#backoff = new Backoff(DOWNLOAD_BACKOFF);
    this.#options.tell({ kind: "update-trouble", reason: "" });
    if (isSameModel(models.active, wish) && !models.probation)
      await this.#move("committed", { reason: "It runs already" });
  }

  async #again(record: UpdateRecord, models: ModelFacts): Promise<void> {
    const { nowUs } = this.#options;
    const isGone = record.state === "committed" && !models.probation && !isSameModel(models.active, record.wish);
    const isDue = record.retryAtUs > 0 && nowUs() >= record.retryAtUs;
    if (!isDue && !(isGone && this.#wish && nowUs() >= record.sinceUs + REPAIR_US)) return;
    await this.#keep(begun(record.wish, randomBytes(6).toString("hex"), nowUs()));
  }

  async #check(record: UpdateRecord, models: ModelFacts): Promise<void> {
    const { settings, modelDir, lacks, source } = this.#options;
    if (!settings.enabled) throw new UpdateRefusedError("Updates are switched off on this box (updates.enabled)");
    if (modelDir !== undefined)
      throw new UpdateRefusedError(`This box is set to the model in ${modelDir} (modelDir in its configuration)`);
    const lack = await lacks();
    if (lack !== undefined) throw new UnavailableError(lack);
    if (models.places.some((model) => isSameModel(model, record.wish))) return await this.#move("golden");
    if (!source) throw new UpdateRefusedError("This box has nowhere to fetch models from (updates.url, cloud)");
    if (!this.isClockTrusted()) return await this.#note("The clock is not synchronised: a freeze could not be seen");
    await this.#move("downloading");
  }

  async #download({ wish, state }: UpdateRecord, signal: AbortSignal): Promise<void> {
    const { source, stateDir, check, clock } = this.#options;
    const dir = incomingDir(stateDir);
    try {
      await source?.fetch(nameOf(wish), dir, signal, (share) => this.#progress(share));
    } catch (error) {
      if (signal.aborted || !(error instanceof UnavailableError)) throw error;
      const waitS = this.#backoff.closed(clock.monotonic());
      await this.#note(`${error.message} (again in ${Math.ceil(waitS)} s)`);
      return await this.#pause(waitS * 1000);
    }
    await syncFolder(dir);
    const manifest = await check(dir);
    if (!isSameModel(manifest, wish))
      throw new UpdateRefusedError(`${wish.name} ${wish.version} was wanted, and ${labelOf(manifest)} came`);
    if (this.#record?.state === state) await this.#move("golden");
  }

  async #golden({ from, dir, manifest }: Candidate, signal: AbortSignal): Promise<void> {
    const { golden } = manifest;
    if (!golden && from === "incoming") throw new UpdateRefusedError("The bundle carries no golden clip");
    if (golden) {
      const result = await this.#options.trials.golden(dir, signal);
      if (this.#record) await this.#keep({ ...this.#record, golden: result });
      const { agreement, hopP99Ms } = result;
      if (agreement < golden.minAgreement)
        throw new UpdateRefusedError(
          `The golden clip is not reproduced here: ${percent(agreement)} of its beats agree, ${percent(golden.minAgreement)} must`,
        );
      assertFast(hopP99Ms, golden.hopBudgetMs, "the golden clip");
    }
    await this.#move("shadow");
  }

  async #shadow({ wish }: UpdateRecord, { dir, manifest }: Candidate, signal: AbortSignal): Promise<void> {
    const { trials, tell } = this.#options;
    if (wish.shadowS > 0) {
      await this.#note("Hears along");
      tell({ kind: "tap", isOn: true });
      try {
        const shadow = await trials.shadow({
          dir,
          musicS: wish.shadowS,
          signal,
          onResult: (result) => this.#heard(result, wish.shadowS),
        });
        assertFast(shadow.hopP99Ms, manifest.golden?.hopBudgetMs ?? 20, "the shadow");
      } finally {
        tell({ kind: "tap", isOn: false });
      }
    }
    await this.#move("waiting");
  }

  #heard(shadow: NonNullable<UpdateRecord["shadow"]>, wantedS: number): void {
    if (!this.#record) return;
    this.#record = { ...this.#record, shadow };
    this.#progress(shadow.musicS / wantedS);
  }

  async #wait(record: UpdateRecord, { from }: Candidate): Promise<void> {
    const { nowUs, clock, settings, tell } = this.#options;
    const now = clock.monotonic();
    const quietForS = Math.max(0, now - this.#quietSince);
    const room = { nowUs: nowUs(), isClockTrusted: this.isClockTrusted(), quietForS, quietS: settings.quietS };
    const { go, reason, lock } = moment(record, room);
    await this.#note(go ? "Switches" : reason, lock ? { lock } : {});
    if (!go || now - this.#askedAt < ASK_AGAIN_S) return;
    this.#askedAt = now;
    tell({ kind: "try-model", trial: { id: record.id, from, ofS: record.wish.probationS } });
  }

  /** A refusal or failure is an end; what may pass by itself is tried again later. */
  async #fail(error: unknown): Promise<void> {
    const { message, code } = error as NodeJS.ErrnoException;
    const isRefusal = error instanceof UpdateRefusedError;
    const isTrial = error instanceof TrialError;
    const isDownload = this.#record?.state === "downloading" || this.#record?.state === "checking";
    const reason = code === "ENOSPC" ? `The disk is full: ${message}` : message;
    this.#options.log.error({ err: error }, "Update ended");
    await this.#move(isRefusal ? "refused" : "failed", { reason, mayPass: isRefusal ? isDownload : !isTrial });
  }

  async #move(state: UpdateRecord["state"], why: { reason?: string; mayPass?: boolean } = {}): Promise<void> {
    if (!this.#record) return;
    this.#more = {};
    await this.#keep(moved(this.#record, state, { nowUs: this.#options.nowUs(), ...why }));
  }

  /** What the present state waits for; on the disk it does not matter. */
  async #note(reason: string, more: More = this.#more): Promise<void> {
    const record = this.#record;
    if (!record || (record.reason === reason && JSON.stringify(more) === JSON.stringify(this.#more))) return;
    this.#more = more;
    this.#record = { ...record, reason: reason.slice(0, 400) };
    this.#changed();
  }

  #progress(share: number): void {
    this.#more = { ...this.#more, progress: Math.max(0, Math.min(1, share)) };
    this.#changed();
  }

  /** A disk that takes no more writes does not stop the update: it would only be begun again after a power cut. */
  async #keep(record: UpdateRecord | undefined): Promise<void> {
    if (record === this.#record) return;
    const isEndNow = record && isEnd(record.state) && record.state !== this.#record?.state;
    this.#record = record;
    if (isEndNow) {
      this.#more = {};
      this.#trouble();
    }
    this.#changed();
    try {
      if (record) await this.#file.write(record);
      else await this.#file.remove();
    } catch (error) {
      this.#options.log.warn({ err: error }, "The state of the update could not be kept");
    }
  }

  #trouble(): void {
    const record = this.#record;
    const isBad = record !== undefined && isBadEnd(record.state) && record.reason !== CALLED_OFF;
    const reason = isBad ? `${labelOf(record.wish)} was ${record.state}: ${record.reason}` : "";
    if (reason !== "" || !record || record.state === "committed")
      this.#options.tell({ kind: "update-trouble", reason });
  }

  /** As far as the box knows. */
  isClockTrusted(): boolean {
    return !this.#facts?.conditions.includes("unsynchronised-clock");
  }

  #changed(): void {
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      if (!this.#stopped) this.onChange();
    }, TELL_EVERY_MS);
  }

  /** Ends early when there is something new. */
  #pause(ms: number): Promise<void> {
    if (this.#stopped || this.#attempt.signal.aborted) return Promise.resolve();
    return new Promise((done) => {
      const timer = setTimeout(done, ms);
      this.#wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }
}

const nameOf = ({ name, version }: ModelName): ModelName => ({ name, version });
const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** "name version" as hearing says it. */
function named(label: string): ModelName | undefined {
  const [name, version] = label.split(" ");
  return name && version ? { name, version } : undefined;
}

function assertFast(hopP99Ms: number, budgetMs: number, where: string): void {
  if (hopP99Ms <= budgetMs) return;
  throw new UpdateRefusedError(
    `Too slow for this box: p99 of a hop ${hopP99Ms.toFixed(1)} ms in ${where}, at most ${budgetMs}`,
  );
}
