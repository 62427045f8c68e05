/** The registry and its files, put together. */
import { join } from "node:path";
import { z } from "zod";
import { ArtifactStore } from "./artifact-store.js";
import { ModelRegistry, type ModelRegistryOptions } from "./model-registry.js";

export const ModelsConfig = z.strictObject({
  /** The root of trust, as `tactus models init` has made it; without, the first publication is trusted. */
  rootFile: z.string().min(1).optional(),
  /** Largest file of a model, MiB. */
  maxArtifactMb: z.number().min(1).max(4096).default(256),
});
export type ModelsConfig = z.infer<typeof ModelsConfig>;

export interface Models {
  models: ModelRegistry;
  artifacts: ArtifactStore;
}

export interface OpenModelsOptions extends Omit<ModelRegistryOptions, "artifacts" | "rootFile"> {
  dataDir: string;
  config: ModelsConfig;
}

/** Throws InputError when the configured root cannot be read. */
export async function openModels({ dataDir, config, ...parts }: OpenModelsOptions): Promise<Models> {
  const maxBytes = Math.round(config.maxArtifactMb * 1024 * 1024);
  const artifacts = new ArtifactStore({ folder: join(dataDir, "artifacts"), maxBytes });
  const models = new ModelRegistry({ ...parts, artifacts, rootFile: config.rootFile });
  await models.start();
  return { models, artifacts };
}
