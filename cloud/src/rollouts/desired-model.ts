/** Pins and rollouts into the one model that is wished of a device. Pure: what is stored decides, so a crash changes nothing. */
import type { DesiredModel, ModelName } from "@tactus/shared";
import type { ModelPin, Rollout, RolloutDevice } from "./rollout.js";
import { compareVersions } from "./tag-query.js";

/** A rollout that has taken this device in. */
export interface Claim {
  rollout: Rollout;
  member: RolloutDevice;
}

export interface WishOptions {
  pin: ModelPin | undefined;
  /** In any order. */
  claims: readonly Claim[];
  /** Versions of a name that may be given out, newest first; undefined = the name was never published, as a bundled model's. */
  allowed(name: string): readonly string[] | undefined;
}

/** An operator's pin first; then the newest rollout that says something. Undefined = whatever runs may go on. */
export function wishOf({ pin, claims, allowed }: WishOptions): DesiredModel | undefined {
  if (pin) return pin.model;
  const newestFirst = [...claims].sort((a, b) => b.rollout.number - a.rollout.number);
  for (const claim of newestFirst) {
    const wish = wishOfClaim(claim, allowed);
    if (wish) return wish;
  }
  return undefined;
}

function wishOfClaim({ rollout, member }: Claim, allowed: WishOptions["allowed"]): DesiredModel | undefined {
  const { progress, spec } = rollout;
  if (progress.state === "queued") return undefined;
  if (progress.state !== "aborted") return candidateWish(rollout, member);
  if (progress.rollBack === undefined) {
    return member.switchedAtUs === undefined ? undefined : candidateWish(rollout, { windows: [], quiet: true });
  }
  const back = wayBack(member.previous, spec, allowed);
  if (!back) return undefined;
  const { abort } = spec;
  const quiet = progress.rollBack === "quiet";
  return {
    ...back,
    rollout: rollout.id,
    switch: { when: quiet ? "quiet" : "now", windows: [], lockExpiresS: quiet ? abort.lockExpiresS : 0 },
    shadowS: 0,
    probationS: 0,
  };
}

function candidateWish(
  { id, spec }: Rollout,
  { windows, quiet }: Pick<RolloutDevice, "windows" | "quiet">,
): DesiredModel {
  const { lock, lockExpiresS, shadowS, probationS } = spec.switch;
  return {
    name: spec.model,
    version: spec.version,
    rollout: id,
    switch: { when: lock && quiet ? "quiet" : "now", windows, lockExpiresS },
    shadowS,
    probationS,
  };
}

/**
 * What it ran before, unless that was withdrawn since; then the newest other version that may be given out. A model that was
 * never published is the bundled one: it is always there.
 */
export function wayBack(
  previous: ModelName | null,
  candidate: { model: string; version: string },
  allowed: WishOptions["allowed"],
): { name: string; version: string } | undefined {
  const isCandidate = previous?.name === candidate.model && previous.version === candidate.version;
  if (previous && !isCandidate) {
    const versions = allowed(previous.name);
    if (!versions || versions.includes(previous.version)) return { name: previous.name, version: previous.version };
  }
  const others = (allowed(candidate.model) ?? []).filter((version) => version !== candidate.version);
  const [newest] = others.sort((a, b) => compareVersions(b, a));
  return newest === undefined ? undefined : { name: candidate.model, version: newest };
}
