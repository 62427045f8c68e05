/** Composition root of the agent's side of an update. */
import { join, resolve } from "node:path";
import type { Clock } from "@tactus/shared";
import type { Logger } from "pino";
import { DEFAULT_MODEL_DIR } from "../default-model.js";
import type { CloudFetch } from "../identity/cloud-fetch.js";
import { loadArtifact } from "../model/artifact.js";
import { type ProcessStart, tellSupervisor } from "../process-channel.js";
import { cloudTransport } from "./cloud-transport.js";
import { FolderModelSource } from "./folder-model-source.js";
import type { ModelSource } from "./model-source.js";
import { httpTransport } from "./model-transport.js";
import { lackOf } from "./resources.js";
import { Trials } from "./trial/trials.js";
import { TufModelSource } from "./tuf-model-source.js";
import { UpdateRunner } from "./update-runner.js";

export interface UpdaterParts {
  order: ProcessStart;
  /** Asks the cloud, where the configuration does not say from where models come. */
  cloudFetch?: CloudFetch | undefined;
  clock: Clock;
  /** Epoch microseconds by the wall clock. */
  nowUs: () => number;
  log: Logger;
}

const check = async (dir: string) => (await loadArtifact(dir)).manifest;

export function openUpdater(parts: UpdaterParts): UpdateRunner {
  const { order, clock, nowUs, log } = parts;
  const { stateDir, modelDir, updates } = order.config;
  const runner: UpdateRunner = new UpdateRunner({
    stateDir,
    bundledDir: DEFAULT_MODEL_DIR,
    settings: updates,
    modelDir,
    source: openSource(parts, () => runner.isClockTrusted()),
    check,
    lacks: () => lackOf(resolve(stateDir)),
    trials: new Trials({ clock }),
    tell: tellSupervisor,
    clock,
    nowUs,
    log,
  });
  return runner;
}

/** Undefined where there is nothing to fetch from. */
function openSource({ order, cloudFetch, log }: UpdaterParts, isClockTrusted: () => boolean): ModelSource | undefined {
  const { stateDir, updates } = order.config;
  if (updates.folder !== undefined) return new FolderModelSource({ folder: updates.folder, check });
  const byLogin = cloudFetch && cloudTransport(cloudFetch);
  const transport = updates.url === undefined ? byLogin : httpTransport(updates.url);
  if (!transport) return undefined;
  const rootFiles = [...(updates.rootFile === undefined ? [] : [updates.rootFile]), join(stateDir, "tuf-root.json")];
  const warn = (reason: string) => log.warn({ reason }, "Signed models");
  return new TufModelSource({ stateDir, rootFiles, transport, isClockTrusted, warn });
}
