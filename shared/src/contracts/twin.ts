/** What the cloud wants of a box, and what the box says it is: topics `twin/desired` and `twin/reported`, both retained. */
import { z } from "zod";
import { ReportedModels } from "./update.js";

const version = z.string().regex(/^\d+\.\d+\.\d+$/);

/**
 * Settings that can be changed from afar while the box runs, named as in its own file. Absent = nothing is wanted, the box's
 * own value holds.
 */
export const RemoteConfig = z
  .strictObject({
    /** For people, in `status`. */
    name: z.string().min(1).max(80),
    /** Added to every capture time. */
    captureOffsetMs: z.number().min(-1000).max(1000),
    leadMs: z.number().min(20).max(2000),
    freezeMs: z.number().min(0).max(1000),
    /** Room for beats that wait for the cloud, MiB. */
    outboxMb: z.number().min(0.25).max(16_384),
    logLevel: z.enum(["trace", "debug", "info", "warn", "error", "silent"]),
    /** May anyone on the venue's network read beats? */
    publicRead: z.boolean(),
  })
  .partial();
export type RemoteConfig = z.infer<typeof RemoteConfig>;
export type RemoteSetting = keyof RemoteConfig;

/** What holds where neither the cloud nor the box's own file says anything; a box without a name goes by its address. */
export const REMOTE_DEFAULTS = {
  captureOffsetMs: 0,
  leadMs: 200,
  freezeMs: 100,
  outboxMb: 64,
  logLevel: "info",
  publicRead: true,
} as const satisfies RemoteConfig;

/** Half open: from ≤ now < to, epoch microseconds. */
export const TimeWindow = z.object({ fromUs: z.int().min(0), toUs: z.int().min(0) });
export type TimeWindow = z.infer<typeof TimeWindow>;

/** The model the box should come to run. It is fetched at once; when it is switched to is said by `switch`. */
export const DesiredModel = z.object({
  name: z.string().min(1).max(80),
  version,
  /** Who wants it: id of the rollout, or empty for an operator's own wish. */
  rollout: z.string().max(64),
  switch: z.object({
    /** `quiet`: when there is no music; `now`: whatever plays. */
    when: z.enum(["quiet", "now"]),
    /** Only in one of these; none = at any time. The venue's maintenance windows as instants. */
    windows: z.array(TimeWindow).max(16),
    /** Music that has played for this long after the candidate was ready no longer holds it up, seconds; 0 = it always does. */
    lockExpiresS: z.int().min(0).max(31_536_000),
  }),
  /** The candidate hears this much music beside the active model before the switch, seconds; 0 = none. */
  shadowS: z.int().min(0).max(86_400),
  /** It must run this long before it is kept for good, seconds. */
  probationS: z.int().min(0).max(86_400),
});
export type DesiredModel = z.infer<typeof DesiredModel>;

export const TwinDesired = z.object({
  v: z.literal(1),
  /** Rises with every change; a box ignores what is older than what it has. */
  version: z.int().min(1),
  config: RemoteConfig,
  /** Absent = whatever runs may go on. */
  model: DesiredModel.optional(),
});
export type TwinDesired = z.infer<typeof TwinDesired>;

export const TwinReported = z.object({
  v: z.literal(1),
  session: z.string().min(1).max(64),
  /** Rises with every report of this session. */
  version: z.int().min(1),
  /** The newest `twin/desired` that was worked through; 0 = none yet. */
  desiredVersion: z.int().min(0),
  /** Every remote setting as it holds now. */
  config: RemoteConfig,
  /** The same as the box's own file and defaults have them: what holds where the cloud wants nothing. */
  own: RemoteConfig,
  /** What was wanted and not done, and why. */
  refused: z.array(z.object({ setting: z.string().max(64), reason: z.string().min(1).max(200) })).max(32),
  models: ReportedModels.optional(),
});
export type TwinReported = z.infer<typeof TwinReported>;
