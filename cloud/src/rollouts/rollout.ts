/** Contract: what a rollout is: what an operator asks for, what is stored of it, and what it has decided. */
import type { DesiredModel, ModelName, TimeWindow, UpdateReport } from "@tactus/shared";
import { z } from "zod";
import { MAX_QUERY_LENGTH } from "./tag-query.js";

const seconds = (max: number) => z.number().min(0).max(max);
const DAY_S = 86_400;

/** What is compared between devices with the candidate and devices without; up is worse, except for confidence. */
export const METRICS = [
  "stability",
  "relock",
  "confidence",
  "hop",
  "octave-flips",
  "relocks",
  "corrections",
  "crashes",
  "offline",
  "unstable-hours",
  "shadow",
] as const;
export const Metric = z.enum(METRICS);
export type Metric = z.infer<typeof Metric>;

/**
 * How much worse the candidate may be in each metric before it counts as worse; null = not looked at. Means of stability,
 * relock, hop and shadow as a ratio (1.25 = a quarter more), confidence as a difference, counts as a ratio.
 */
export const Tolerances = z
  .strictObject({
    stability: z.number().min(1.01).max(10).nullable().default(1.15),
    relock: z.number().min(1.01).max(10).nullable().default(1.25),
    confidence: z.number().min(0.001).max(1).nullable().default(0.03),
    hop: z.number().min(1.01).max(100).nullable().default(1.5),
    "octave-flips": z.number().min(1).max(100).nullable().default(1.5),
    relocks: z.number().min(1).max(100).nullable().default(1.5),
    corrections: z.number().min(1).max(100).nullable().default(1.5),
    crashes: z.number().min(1).max(100).nullable().default(1.5),
    offline: z.number().min(1).max(100).nullable().default(2),
    "unstable-hours": z.number().min(1).max(100).nullable().default(1.5),
    shadow: z.number().min(1.01).max(10).nullable().default(1.15),
  })
  .prefault({});
export type Tolerances = z.infer<typeof Tolerances>;

/** Reached by any device or by all together, these end the rollout at once, without statistics. */
export const HardLimits = z
  .strictObject({
    /** Crashes of one device within ten minutes of running the candidate. */
    crashLoop: z.int().min(2).max(100).default(3),
    /** Of the updates that have ended, the share that failed, was refused or was rolled back by the box, [0, 1]… */
    failedUpdates: z.number().min(0).max(1).default(0.1),
    /** …once at least so many have. */
    failedUpdatesAtLeast: z.int().min(1).max(1000).default(2),
    /** 99th percentile of a hop, milliseconds: beyond, beats come late. */
    hopP99Ms: z.number().positive().max(1000).default(18),
    /** Median over devices of the shadow's disagreement with the active model, [0, 1], from three devices on. */
    shadowDisagreement: z.number().min(0).max(1).default(0.5),
  })
  .prefault({});
export type HardLimits = z.infer<typeof HardLimits>;

/** What must hold before a phase gives way to the next. */
export const Gate = z
  .strictObject({
    /** Of the phase's devices that can be reached, the share that runs the candidate, (0, 1]. */
    settled: z.number().positive().max(1).default(0.8),
    /** Music that was heard with the candidate, all devices together, hours. */
    musicHours: z.number().min(0).max(10_000).default(4),
    /** With so much evidence against it (an e-value) the candidate waits here and is looked at longer. */
    holdAt: z.number().min(1).max(1e6).default(5),
  })
  .prefault({});
export type Gate = z.infer<typeof Gate>;

const DEFAULT_SOAK_S = DAY_S;

export const Phase = z.strictObject({
  percent: z.number().positive().max(100),
  gate: Gate,
  /** From when the phase has settled until the next may begin, seconds. */
  soakS: seconds(90 * DAY_S).default(DEFAULT_SOAK_S),
});
export type Phase = z.infer<typeof Phase>;

/** 5, then 25, then 100 %, a day each; the last one is watched for a day too. */
const DEFAULT_PHASES = [5, 25, 100];
const PhaseInput = z.union([
  Phase,
  z
    .number()
    .positive()
    .max(100)
    .transform((percent) => Phase.parse({ percent })),
]);
const Phases = z
  .array(PhaseInput)
  .min(1)
  .max(20)
  .default(DEFAULT_PHASES.map((percent) => Phase.parse({ percent })))
  .refine(
    (phases) => phases.every(({ percent }, index) => index === 0 || percent > (phases[index - 1]?.percent ?? 0)),
    {
      error: "Each phase must hold more percent than the one before it",
    },
  );

export const SwitchPolicy = z
  .strictObject({
    /** `window`: in a maintenance window of the venue; `any`: at any time of day. Both wait for quiet unless `lock` is false. */
    when: z.enum(["window", "any"]).default("window"),
    /** Music that plays holds the switch up. */
    lock: z.boolean().default(true),
    /** …for so long at most, seconds; 0 = as long as it plays. */
    lockExpiresS: z
      .int()
      .min(0)
      .max(31_536_000)
      .default(7 * DAY_S),
    /** Music the candidate hears beside the active model before the switch, seconds. */
    shadowS: z.int().min(0).max(DAY_S).default(1800),
    /** It must run this long before a box keeps it for good, seconds. */
    probationS: z.int().min(0).max(DAY_S).default(1800),
  })
  .prefault({});
export type SwitchPolicy = z.infer<typeof SwitchPolicy>;

export const AbortPolicy = z
  .strictObject({
    /** Evidence ends the rollout by itself; false = it pauses and asks. */
    automatic: z.boolean().default(true),
    /** Devices that have the candidate go back to what they ran before. */
    rollBack: z.boolean().default(true),
    /** When they go back: in a quiet moment, or at once whatever plays. Hard limits always go back at once. */
    when: z.enum(["quiet", "now"]).default("quiet"),
    /** Music holds the way back up for so long at most, seconds. */
    lockExpiresS: z.int().min(1).max(DAY_S).default(300),
  })
  .prefault({});
export type AbortPolicy = z.infer<typeof AbortPolicy>;

/** What `POST /api/v1/rollouts` takes. Model and version alone are a sensible rollout. */
export const RolloutSpec = z.strictObject({
  model: z.string().min(1).max(80),
  version: z.string().regex(/^\d+\.\d+\.\d+$/, "is not a version like 0.3.0"),
  /** Which devices may get it: a tag query. */
  target: z.string().min(1).max(MAX_QUERY_LENGTH).default("all"),
  phases: Phases,
  switch: SwitchPolicy,
  tolerances: Tolerances,
  limits: HardLimits,
  /** Probability of stopping a candidate that is no worse than tolerated, over the whole rollout. */
  alpha: z.number().min(1e-6).max(0.5).default(0.01),
  abort: AbortPolicy,
  /** Devices in question are in another rollout: refuse, or wait until that has ended. */
  whenBusy: z.enum(["refuse", "queue"]).default("refuse"),
  /** Why, for people. */
  note: z.string().max(400).default(""),
});
export type RolloutSpec = z.infer<typeof RolloutSpec>;

export const ROLLOUT_STATES = ["queued", "running", "paused", "completed", "aborted"] as const;
export type RolloutState = (typeof ROLLOUT_STATES)[number];

/** Everything that changes about a rollout as a whole: written in one piece with the decision that changed it. */
export interface RolloutProgress {
  state: RolloutState;
  /** Index into `phases`. */
  phase: number;
  phaseSinceUs: number;
  /** When the phase had settled; undefined = not yet. */
  settledAtUs?: number | undefined;
  endedAtUs?: number | undefined;
  /** Aborted: those that have it go back; `now` whatever plays. */
  rollBack?: "quiet" | "now" | undefined;
}

export interface Rollout {
  id: string;
  /** Rises with every rollout: the newer one is stronger. */
  number: number;
  createdAtUs: number;
  createdBy: string;
  /** Made at the start and kept: which devices come first. */
  salt: string;
  /** `activate`: everywhere at once, by an operator's word. */
  kind: "phased" | "activate";
  spec: RolloutSpec;
  progress: RolloutProgress;
}

/** A device that was taken into a rollout. */
export interface RolloutDevice {
  deviceId: string;
  phase: number;
  assignedAtUs: number;
  /** What it ran when it was taken in: where it goes back to; null = it had not said. */
  previous: ModelName | null;
  /** As wished of the device: kept, so that the wish is the same after a crash of the cloud. */
  windows: TimeWindow[];
  /** Of the venue: music holds the switch up inside a window too. */
  quiet: boolean;
  /** The newest report of this update; null = none yet. */
  update: Pick<UpdateReport, "state" | "reason" | "sinceUs" | "lock" | "shadow" | "golden"> | null;
  /** When it first ran the candidate. */
  switchedAtUs?: number | undefined;
  /** When it was back on another model after an abort. */
  backAtUs?: number | undefined;
}

export const DECISIONS = [
  "create", "start", "advance", "complete", "hold", "pause", "resume", "abort", "roll-back", "wait",
] as const; // biome-ignore format: a list
export type DecisionAction = (typeof DECISIONS)[number];

/** Why something was done or not done, with what was known then. */
export interface Decision {
  atUs: number;
  /** "rollout" for its own, or who it was. */
  by: string;
  action: DecisionAction;
  phase: number;
  reason: string;
  /** Of the gates, at that moment; empty where an operator decided. */
  evidence: GateEvidence[];
}

/** One gate's view. */
export interface GateEvidence {
  metric: Metric | "failed-updates" | "crash-loop" | "hop-limit" | "shadow-limit";
  verdict: "fine" | "watching" | "worse" | "no-data";
  /** The e-value against "not worse than allowed"; 1 = knows nothing; absent for hard limits. */
  eValue?: number;
  /** Candidate against control: a ratio, for confidence a difference, for limits the value itself. */
  estimate?: number;
  /** Confidence sequence of the estimate at all times at once. */
  interval?: [number, number];
  /** Up to this it is allowed. */
  allowed: number;
  candidateDevices: number;
  controlDevices: number;
  /** In words, for people. */
  text: string;
}

/** A model that an operator gave a device: stronger than every rollout. */
export interface ModelPin {
  deviceId: string;
  model: DesiredModel;
  by: string;
  atUs: number;
}

export const PinBody = z.strictObject({
  name: z.string().min(1).max(80),
  version: z.string().regex(/^\d+\.\d+\.\d+$/, "is not a version like 0.3.0"),
  /** `quiet`: when no music plays, at the latest after `lockExpiresS`. */
  when: z.enum(["quiet", "now"]).default("quiet"),
  lockExpiresS: z.int().min(0).max(31_536_000).default(3600),
  shadowS: z.int().min(0).max(DAY_S).default(0),
  probationS: z.int().min(0).max(DAY_S).default(600),
});
export type PinBody = z.infer<typeof PinBody>;

export const ActivateBody = z.strictObject({
  target: z.string().min(1).max(MAX_QUERY_LENGTH).default("all"),
  when: z.enum(["quiet", "now"]).default("quiet"),
  lockExpiresS: z.int().min(0).max(31_536_000).default(3600),
  note: z.string().max(400).default(""),
});
export type ActivateBody = z.infer<typeof ActivateBody>;

export const isActive = ({ progress }: Pick<Rollout, "progress">): boolean =>
  progress.state === "running" || progress.state === "paused";
