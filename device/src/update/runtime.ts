/** Composition root of the agent's side of an update. */
import { resolve } from "node:path";
import type { Clock } from "@tactus/shared";
import type { Logger } from "pino";
import { DEFAULT_MODEL_DIR } from "../default-model.js";
import { loadArtifact } from "../model/artifact.js";
import { type ProcessStart, tellSupervisor } from "../process-channel.js";
import type { ModelSource } from "./model-source.js";
import { lackOf } from "./resources.js";
import { Trials } from "./trial/trials.js";
import { UpdateRunner } from "./update-runner.js";

export interface UpdaterParts {
  order: ProcessStart;
  /** Undefined where there is nothing to fetch from. */
  source: ModelSource | undefined;
  clock: Clock;
  /** Epoch microseconds by the wall clock. */
  nowUs: () => number;
  log: Logger;
}

export function openUpdater({ order, source, clock, nowUs, log }: UpdaterParts): UpdateRunner {
  const { stateDir, modelDir, updates } = order.config;
  return new UpdateRunner({
    stateDir,
    bundledDir: DEFAULT_MODEL_DIR,
    settings: updates,
    modelDir,
    source,
    check: async (dir) => (await loadArtifact(dir)).manifest,
    lacks: () => lackOf(resolve(stateDir)),
    trials: new Trials({ clock }),
    tell: tellSupervisor,
    clock,
    nowUs,
    log,
  });
}
