/** Hard limits: what ends a rollout at once, without statistics. */
import type { HealthUnit } from "./health-unit.js";
import type { GateEvidence, HardLimits } from "./rollout.js";
import { SHADOW_LEAST_S } from "./shadow-gate.js";

/** Devices it takes to speak of a median. */
const SHADOWS_AT_LEAST = 3;

export function limitGates(units: readonly HealthUnit[], limits: HardLimits): GateEvidence[] {
  return [crashLoop(units, limits), failedUpdates(units, limits), hopLimit(units, limits), shadowLimit(units, limits)];
}

function crashLoop(units: readonly HealthUnit[], { crashLoop: allowed }: HardLimits): GateEvidence {
  const most = units.reduce((found, unit) => (unit.crashesInTenMinutes > found.crashesInTenMinutes ? unit : found), {
    deviceId: "",
    crashesInTenMinutes: 0,
  });
  const { crashesInTenMinutes: estimate, deviceId } = most;
  const text = `Most crashes of a device within ten minutes: ${estimate}${deviceId === "" ? "" : ` (${deviceId})`}, the limit is ${allowed}`;
  return gate("crash-loop", { estimate, allowed, broken: estimate >= allowed, devices: units.length, text });
}

function failedUpdates(units: readonly HealthUnit[], limits: HardLimits): GateEvidence {
  const ended = units.filter(({ update }) => update !== undefined && ENDS.has(update));
  const failed = ended.filter(({ update }) => update !== "committed");
  const taken = units.filter(({ update }) => update !== undefined).length;
  const estimate = ended.length === 0 ? 0 : failed.length / ended.length;
  // A cohort of one cannot fail twice.
  const enough = failed.length >= Math.min(limits.failedUpdatesAtLeast, Math.max(1, taken));
  const text = `Updates that failed, were refused or rolled back: ${failed.length} of ${ended.length} ended, the limit is ${percent(limits.failedUpdates)} from ${limits.failedUpdatesAtLeast} on`;
  const broken = enough && estimate > limits.failedUpdates;
  return gate("failed-updates", { estimate, allowed: limits.failedUpdates, broken, devices: ended.length, text });
}

const ENDS: ReadonlySet<string> = new Set(["committed", "rolled-back", "refused", "failed"]);
const percent = (share: number) => `${Math.round(share * 1000) / 10} %`;

/** A box that was too slow before is not the candidate's fault; one slow box may be broken, so it takes two where there are two. */
function hopLimit(units: readonly HealthUnit[], { hopP99Ms: allowed }: HardLimits): GateEvidence {
  const levelOf = ({ n, sum }: { n: number; sum: number }) => (n > 0 ? Math.exp(sum / n) : 0);
  const running = units.filter(({ candidate }) => candidate.means.hop.n > 0);
  const slow = running.filter(
    ({ candidate, before }) => levelOf(candidate.means.hop) > allowed && levelOf(before.means.hop) <= allowed,
  );
  const estimate = running.reduce((most, { candidate }) => Math.max(most, levelOf(candidate.means.hop)), 0);
  const text = `Slowest device's hop in a hundred: ${estimate.toFixed(1)} ms, ${slow.length} devices beyond ${allowed} ms that were not before`;
  const broken = slow.length >= 2 || (slow.length === 1 && running.length === 1);
  return gate("hop-limit", { estimate, allowed, broken, devices: running.length, text });
}

function shadowLimit(units: readonly HealthUnit[], { shadowDisagreement: allowed }: HardLimits): GateEvidence {
  const values = units
    .flatMap(({ shadow }) => (shadow && shadow.musicS >= SHADOW_LEAST_S ? [shadow.disagreement] : []))
    .sort((a, b) => a - b);
  const estimate = values[Math.floor(values.length / 2)] ?? 0;
  const text = `Beats on which candidate and active model disagree, median of ${values.length} devices: ${percent(estimate)}, the limit is ${percent(allowed)}`;
  const broken = values.length >= SHADOWS_AT_LEAST && estimate > allowed;
  return gate("shadow-limit", { estimate, allowed, broken, devices: values.length, text });
}

interface Limit {
  estimate: number;
  allowed: number;
  broken: boolean;
  devices: number;
  text: string;
}

const gate = (metric: GateEvidence["metric"], { broken, devices, ...rest }: Limit): GateEvidence => ({
  metric,
  verdict: broken ? "worse" : devices === 0 ? "no-data" : "fine",
  candidateDevices: devices,
  controlDevices: 0,
  ...rest,
});
