/** What the signed repository of models says beside hashes: where a bundle's files lie, which versions may be used. */
import { z } from "zod";
import type { ModelName } from "./update.js";

const version = z.string().regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/);
const name = z
  .string()
  .max(80)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/);

/** A model as paths may name it: nothing else is asked of a repository. */
export const ReleaseName = z.object({ name, version });
export type ReleaseName = z.infer<typeof ReleaseName>;

/** Target `<name>/policy.json`, signed like every other: what is not to be used, whoever asks for it. */
export const ModelPolicy = z.object({
  v: z.literal(1),
  name,
  /** No older version is listed any more. */
  floor: version,
  revoked: z.array(z.object({ version, reason: z.string().min(1).max(200), at: z.iso.datetime() })).max(1000),
});
export type ModelPolicy = z.infer<typeof ModelPolicy>;

/** Largest policy, and largest manifest, bytes. */
export const MAX_RELEASE_JSON_BYTES = 256 * 1024;

export const policyPath = (model: string): string => `${model}/policy.json`;
export const releasePath = (model: ModelName, file: string): string => `${model.name}/${model.version}/${file}`;

/** Negative when `a` is older than `b`. Both as in ReleaseName. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split(".").map(Number));
  for (const [index, part] of (left ?? []).entries()) {
    const difference = part - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Why a box or the cloud does not take what a repository offers. */
export const RefusalCode = z.enum([
  /** Older metadata than what is known already: a rollback attack. */
  "rollback",
  /** Metadata that has expired: a freeze attack, or nobody renews it. */
  "freeze",
  /** Signed files that do not belong together. */
  "mix-and-match",
  /** More bytes than allowed or announced. */
  "endless-data",
  /** Too few bytes a second. */
  "slow-retrieval",
  /** A file with another hash or length than the signed one. */
  "wrong-hash",
  /** Too few signatures by keys of the role. */
  "unsigned",
  /** A root that does not follow the one that is trusted. */
  "root-gap",
  /** Metadata of another major version of the specification. */
  "unknown-spec",
  /** No metadata at all, or not as the specification has it. */
  "malformed",
  /** Signed, but another model than the one asked for, or a path that is none. */
  "wrong-software",
  "revoked",
  "below-floor",
  "unknown-version",
]);
export type RefusalCode = z.infer<typeof RefusalCode>;
