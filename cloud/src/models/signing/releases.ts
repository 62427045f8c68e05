/** The list of models in the signed targets: a version added, revoked, or left behind by the floor. Pure. */
import {
  compareVersions,
  InputError,
  type ModelPolicy,
  policyPath,
  type ReleaseName,
  releasePath,
} from "@tactus/shared";
import type { TargetFile } from "@tufjs/models";
import type { Bundle } from "./bundle.js";
import { targetOf } from "./metadata-drafts.js";

export type TargetMap = Readonly<Record<string, TargetFile>>;

/** What is signed next, and files that have to be put beside it. */
export interface ReleaseChange {
  targets: Record<string, TargetFile>;
  contents: Map<string, Uint8Array>;
}

/** Throws InputError for a version that was revoked, lies below the floor, or was signed with other bytes. */
export function addRelease(targets: TargetMap, policy: ModelPolicy | undefined, bundle: Bundle): ReleaseChange {
  const { name, files } = bundle;
  const known = policy ?? { v: 1, name: name.name, floor: "0.0.0", revoked: [] };
  const revoked = known.revoked.find(({ version }) => version === name.version);
  if (revoked)
    throw new InputError(`${labelOf(name)} was revoked (${revoked.reason}): a new build needs a new version`);
  if (compareVersions(name.version, known.floor) < 0) {
    throw new InputError(`${labelOf(name)} is below the floor ${known.floor} of ${name.name}`);
  }
  const change = withPolicy(targets, known);
  for (const { file, content, sha256 } of files) {
    const path = releasePath(name, file);
    const present = targets[path];
    if (present && present.hashes.sha256 !== sha256) {
      throw new InputError(
        `${labelOf(name)} is signed already with another ${file}: raise the version in manifest.json`,
      );
    }
    change.targets[path] = targetOf(path, content, { name: name.name, version: name.version });
    change.contents.set(path, content);
  }
  return change;
}

/** Takes the version out of the list and says why to who asks for it. Throws InputError for one that is not listed. */
export function revokeRelease(
  targets: TargetMap,
  policy: ModelPolicy | undefined,
  { name, reason, now }: { name: ReleaseName; reason: string; now: Date },
): ReleaseChange {
  if (!policy) throw new InputError(`No model "${name.name}" is in this repository`);
  if (!(releasePath(name, "manifest.json") in targets)) {
    const listed = versionsIn(targets, name.name).join(", ") || "none";
    throw new InputError(`${labelOf(name)} is not listed: listed are ${listed}`);
  }
  const revoked = [...policy.revoked, { version: name.version, reason, at: now.toISOString() }];
  return withPolicy(without(targets, name), { ...policy, revoked });
}

/** Older versions leave the list. A floor never sinks. Throws InputError. */
export function raiseFloor(targets: TargetMap, policy: ModelPolicy | undefined, name: ReleaseName): ReleaseChange {
  if (!policy) throw new InputError(`No model "${name.name}" is in this repository`);
  if (compareVersions(name.version, policy.floor) < 0) {
    throw new InputError(
      `The floor of ${name.name} is ${policy.floor} and never sinks: sign an old build as a new version`,
    );
  }
  const versions = versionsIn(targets, name.name);
  const below = versions.filter((version) => compareVersions(version, name.version) < 0);
  if (below.length === versions.length && versions.length > 0) {
    throw new InputError(
      `The floor ${name.version} would leave no version of ${name.name}: listed are ${versions.join(", ")}`,
    );
  }
  const kept = below.reduce((rest, version) => without(rest, { name: name.name, version }), targets);
  return withPolicy(kept, { ...policy, floor: name.version });
}

/** Oldest first. */
export function versionsIn(targets: TargetMap, model: string): string[] {
  const versions = Object.keys(targets).flatMap((path) => {
    const [name, version, file] = path.split("/");
    return name === model && version !== undefined && file === "manifest.json" ? [version] : [];
  });
  return versions.sort(compareVersions);
}

function without(targets: TargetMap, name: ReleaseName): TargetMap {
  const prefix = releasePath(name, "");
  return Object.fromEntries(Object.entries(targets).filter(([path]) => !path.startsWith(prefix)));
}

function withPolicy(targets: TargetMap, policy: ModelPolicy): ReleaseChange {
  const path = policyPath(policy.name);
  const content = Buffer.from(`${JSON.stringify(policy)}\n`);
  return { targets: { ...targets, [path]: targetOf(path, content) }, contents: new Map([[path, content]]) };
}

const labelOf = ({ name, version }: ReleaseName): string => `${name} ${version}`;
