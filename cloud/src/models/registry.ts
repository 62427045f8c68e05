/** Contract: the model versions that the cloud knows, and which of them a rollout may choose. */
import type { ModelLineage, ModelManifest } from "@tactus/shared";

/** `published`: signed, not revoked, at or above the floor; `withdrawn`: no longer listed, without a reason given. */
export type ModelState = "published" | "revoked" | "below-floor" | "withdrawn";

export interface ModelVersion {
  name: string;
  version: string;
  state: ModelState;
  /** Why it was revoked; empty otherwise. */
  reason: string;
  /** Of manifest.json: the release as a whole. */
  sha256: string;
  /** Of all its files, bytes. */
  bytes: number;
  publishedAtUs: number;
  publishedBy: string;
}

export interface ModelDetail extends ModelVersion {
  manifest: ModelManifest;
  lineage: ModelLineage | null;
  /** Markdown. */
  card: string;
  files: { file: string; sha256: string; bytes: number }[];
}

export interface SignedModels {
  /** Newest version first: signed, unrevoked, at or above the floor. Empty for a name that was never published. */
  signed(name: string): Promise<ModelVersion[]>;
  /** Every version ever published, by name, newest first. */
  list(): Promise<ModelVersion[]>;
  /** The newest trusted root, as JSON text, for a box that is being claimed; undefined before the first publication. */
  root(): string | undefined;
}
