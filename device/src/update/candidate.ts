/** The wished model, where it lies whole on this box. */
import { join, resolve } from "node:path";
import type { ModelManifest, ModelName } from "@tactus/shared";
import type { ModelFacts } from "./model-facts.js";
import { incomingDir } from "./model-slots.js";
import type { Place } from "./slot-state.js";

export interface Candidate {
  from: Place | "incoming";
  dir: string;
  manifest: ModelManifest;
}

export interface CandidateFolders {
  stateDir: string;
  bundledDir: string;
  check: (dir: string) => Promise<ModelManifest>;
}

export const labelOf = ({ name, version }: ModelName): string => `${name} ${version}`;
export const isSameModel = (a: ModelName | null, b: ModelName): boolean =>
  a?.name === b.name && a.version === b.version;

/** Where it has run already first, then what was fetched. */
export async function findCandidate(
  wish: ModelName,
  models: ModelFacts,
  { stateDir, bundledDir, check }: CandidateFolders,
): Promise<Candidate | undefined> {
  const known = models.places.filter((model) => isSameModel(model, wish)).map(({ place }) => place);
  for (const from of [...known, "incoming"] as const) {
    const slot = join(resolve(stateDir), "models", from);
    const dir = from === "bundled" ? bundledDir : from === "incoming" ? incomingDir(stateDir) : slot;
    const manifest = await check(dir).catch(() => undefined);
    if (manifest && isSameModel(manifest, wish)) return { from, dir, manifest };
  }
  return undefined;
}
