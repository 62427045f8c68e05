/** A rollout, its devices, the evidence and the time into the next step and its reason. Pure: the same facts, the same step. */
import type { ModelName, UpdateState } from "@tactus/shared";
import { cohortOf } from "./cohort.js";
import type { Verdict } from "./gates.js";
import type { DecisionAction, GateEvidence, Phase, Rollout, RolloutDevice, RolloutProgress } from "./rollout.js";

/** A device as the plan sees it. */
export interface PlannedDevice {
  deviceId: string;
  /** It fits the target query, and nobody else has a claim on it: no operator's pin, no other rollout. */
  eligible: boolean;
  /** Whatever else: an operator pinned another model, so that it says nothing of this rollout. */
  pinned: boolean;
  /** Heard from lately. */
  reachable: boolean;
  /** What it runs, as far as it has said. */
  running: ModelName | undefined;
  /** Undefined = not taken in. */
  member: RolloutDevice | undefined;
}

export interface PlanInput {
  rollout: Rollout;
  devices: readonly PlannedDevice[];
  /** Of the gates; made for the phase's own `holdAt`. */
  verdict: Verdict;
  /** May the version be given to devices? `reason`: why not. */
  release: { allowed: boolean; reason: string };
  nowUs: number;
}

export interface PlanStep {
  progress: RolloutProgress;
  /** Devices to take in, in the present phase. */
  join: string[];
  /** Devices to let go again: they do not have it yet and are not meant any more. */
  leave: string[];
  decision?: { action: DecisionAction; reason: string; evidence: GateEvidence[] } | undefined;
  /** What happens next, or what is waited for: for people. */
  status: string;
}

const S = 1_000_000;
/** States of an update that will not come to run the candidate any more. */
const FAILED: ReadonlySet<UpdateState> = new Set<UpdateState>(["rolled-back", "refused", "failed"]);

export function nextStep(input: PlanInput): PlanStep {
  const { rollout } = input;
  switch (rollout.progress.state) {
    case "queued":
      return stay(input, "Waits until the rollouts of its devices have ended");
    case "aborted":
      return stay(input, abortedStatus(input));
    case "completed":
      return completedStep(input);
    default:
      return runningStep(input);
  }
}

/** It stays the wish for its devices, and for new ones that fit, until another rollout or a revocation. */
function completedStep(input: PlanInput): PlanStep {
  const { rollout, release } = input;
  const { model, version } = rollout.spec;
  if (!release.allowed) {
    return ended(input, `${model} ${version} may not be given out any more: ${release.reason}`, "quiet");
  }
  const status = "Completed; devices that come to fit the target get it too";
  return { ...stay(input, status), join: joining(input, lastPhase(rollout)) };
}
function runningStep(input: PlanInput): PlanStep {
  const stopping = stopReason(input);
  if (stopping) return stopping;
  const { rollout } = input;
  if (rollout.progress.state === "paused") return { ...stay(input, "Paused by an operator"), leave: leaving(input) };
  const phase = phaseOf(rollout);
  const changes = { join: joining(input, phase), leave: leaving(input) };
  const soaked = soakingOf(input, phase, changes.join.length);
  if (soaked.waiting !== undefined) return { ...stay(input, soaked.waiting), ...changes, progress: soaked.progress };
  return { ...changes, ...atTheGate({ ...input, rollout: { ...rollout, progress: soaked.progress } }, phase) };
}

/** Reasons to end it in any phase, running or paused; the first one counts. */
function stopReason(input: PlanInput): PlanStep | undefined {
  const { rollout, verdict, release } = input;
  const { abort, alpha, model, version } = rollout.spec;
  if (!release.allowed)
    return ended(input, `${model} ${version} may not be given out any more: ${release.reason}`, "quiet");
  if (verdict.broken) return ended(input, `Hard limit: ${verdict.broken.text}`, "now");
  if (verdict.eValue < 1 / alpha || !verdict.worst) return undefined;
  const reason = `${verdict.worst.text}; evidence ${shown(verdict.eValue)} to 1 over all gates, ${shown(1 / alpha)} end the rollout`;
  if (abort.automatic) return ended(input, reason, abort.when);
  if (rollout.progress.state === "paused") return undefined;
  return decided(input, "pause", `${reason}; automatic abort is off`, { ...rollout.progress, state: "paused" });
}

function ended(input: PlanInput, reason: string, way: "quiet" | "now"): PlanStep {
  const { progress, spec } = input.rollout;
  const rollBack = spec.abort.rollBack ? way : undefined;
  return decided(input, "abort", reason, { ...progress, state: "aborted", endedAtUs: input.nowUs, rollBack });
}

interface Soaking {
  progress: RolloutProgress;
  /** What is still missing before the gate is looked at; undefined = nothing. */
  waiting?: string | undefined;
}

/** Has the phase settled, long enough ago, with enough music heard? */
function soakingOf(input: PlanInput, phase: Phase, joining: number): Soaking {
  const { progress } = input.rollout;
  const { has, wanted } = settledOf(input);
  const share = wanted === 0 ? 0 : has / wanted;
  if (joining > 0 || wanted === 0) {
    const waiting =
      wanted === 0 && joining === 0 ? "No device that can be reached fits the target" : "Devices are taken in";
    return { progress, waiting };
  }
  if (progress.settledAtUs === undefined && share < phase.gate.settled) {
    return {
      progress,
      waiting: `${has} of ${wanted} devices that can be reached run it, ${percent(phase.gate.settled)} are wanted`,
    };
  }
  const settledAtUs = progress.settledAtUs ?? input.nowUs;
  const next = { ...progress, settledAtUs };
  const leftS = settledAtUs / S + phase.soakS - input.nowUs / S;
  if (leftS > 0) return { progress: next, waiting: `Soaks for another ${Math.ceil(leftS)} s` };
  const { musicHours } = input.verdict;
  if (musicHours < phase.gate.musicHours) {
    const waiting = `${musicHours.toFixed(2)} h of music were heard with it, ${phase.gate.musicHours} h are wanted`;
    return { progress: next, waiting };
  }
  return { progress: next };
}

/** Devices of the cohort that count: those that can be reached and are not lost to a failure the limits allow, or to a pin. */
function settledOf({ devices, rollout }: PlanInput): { has: number; wanted: number } {
  const counting = devices.filter(
    ({ member, reachable, pinned }) =>
      member && reachable && !pinned && !FAILED.has(member.update?.state ?? "checking"),
  );
  return { has: counting.filter((device) => hasIt(device, rollout)).length, wanted: counting.length };
}

function atTheGate(input: PlanInput, phase: Phase): Omit<PlanStep, "join" | "leave"> {
  const { rollout, verdict, nowUs } = input;
  const { progress, spec } = rollout;
  if (verdict.eValue >= phase.gate.holdAt) {
    const reason = `Looked at longer: ${verdict.worst?.text ?? ""}; evidence ${shown(verdict.eValue)} to 1, ${phase.gate.holdAt} hold the phase`;
    return decided(input, "hold", reason, progress);
  }
  const because = `${verdict.musicHours.toFixed(1)} h of music without evidence against it (${shown(verdict.eValue)} to 1)`;
  if (progress.phase + 1 >= spec.phases.length) {
    const next = { ...progress, state: "completed" as const, endedAtUs: nowUs };
    return decided(input, "complete", `${phase.percent} % are through: ${because}`, next);
  }
  const after = spec.phases[progress.phase + 1]?.percent ?? 100;
  const next = { ...progress, phase: progress.phase + 1, phaseSinceUs: nowUs, settledAtUs: undefined };
  return decided(input, "advance", `From ${phase.percent} to ${after} %: ${because}`, next);
}

/** Members count at whatever percentage; a device that left the target and has the candidate stays one. */
function joining({ rollout, devices }: PlanInput, phase: Phase): string[] {
  const members = new Set(devices.flatMap(({ deviceId, member }) => (member ? [deviceId] : [])));
  const deviceIds = devices.filter(({ eligible, member }) => eligible || member).map(({ deviceId }) => deviceId);
  if (deviceIds.length === 0) return [];
  const cohort = cohortOf({ deviceIds, salt: rollout.salt, percent: phase.percent, members });
  const joining = cohort.filter((deviceId) => !members.has(deviceId));
  return [...joining, ...stepIn(rollout, devices, new Set(cohort))];
}

/** Where nobody in the cohort can be reached, the next in line who can steps in: a phase does not wait for boxes that are off. */
function stepIn({ salt }: Rollout, devices: readonly PlannedDevice[], cohort: ReadonlySet<string>): string[] {
  const present = devices.filter(({ reachable, pinned }) => reachable && !pinned);
  if (present.some(({ deviceId }) => cohort.has(deviceId))) return [];
  const others = present.filter(({ eligible, member }) => eligible && !member).map(({ deviceId }) => deviceId);
  return others.length === 0 ? [] : cohortOf({ deviceIds: others, salt, percent: 1e-6 });
}

function leaving({ rollout, devices }: PlanInput): string[] {
  return devices
    .filter((device) => device.member && !device.eligible && !device.pinned)
    .filter((device) => device.member?.switchedAtUs === undefined && !hasIt(device, rollout))
    .map(({ deviceId }) => deviceId);
}

export const hasIt = ({ running }: Pick<PlannedDevice, "running">, { spec }: Rollout): boolean =>
  running?.name === spec.model && running.version === spec.version;

export const phaseOf = ({ spec, progress }: Rollout): Phase => spec.phases[progress.phase] ?? lastPhase({ spec });

function lastPhase({ spec }: Pick<Rollout, "spec">): Phase {
  const last = spec.phases.at(-1);
  if (!last) throw new Error("A rollout has at least one phase");
  return last;
}

function abortedStatus({ rollout, devices }: PlanInput): string {
  if (rollout.progress.rollBack === undefined) return "Aborted; devices that have it keep it";
  const still = devices.filter((device) => device.member && !device.pinned && hasIt(device, rollout)).length;
  return still === 0 ? "Aborted; no device has it any more" : `Aborted; ${still} devices are still to go back`;
}

const stay = ({ rollout }: PlanInput, status: string): PlanStep => ({
  progress: rollout.progress,
  join: [],
  leave: [],
  status,
});

const decided = (
  { verdict }: PlanInput,
  action: DecisionAction,
  reason: string,
  progress: RolloutProgress,
): PlanStep => ({
  progress,
  join: [],
  leave: [],
  decision: { action, reason, evidence: verdict.gates },
  status: reason,
});

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;
const shown = (eValue: number): string =>
  eValue >= 1e6 ? eValue.toExponential(1) : `${Math.round(eValue * 100) / 100}`;
