/** What travels between the cloud and a page: `/api/v1/live` (both ways) and `/api/v1/events` (down). */
import {
  type ActivationMessage,
  type AlertMessage,
  type BeatPrediction,
  type GridMessage,
  type LevelsMessage,
  type OutputDmx,
  type OutputRig,
  type OutputState,
  OverrideAction,
  type OverrideState,
  type StatusMessage,
  type TelemetryMessage,
  type TempoMessage,
} from "@tactus/shared";
import { z } from "zod";

/** What devices say, as passed on. */
export interface LiveData {
  beat: BeatPrediction;
  grid: GridMessage;
  tempo: TempoMessage;
  levels: LevelsMessage;
  activation: ActivationMessage;
  status: StatusMessage;
  "override/state": OverrideState;
  telemetry: TelemetryMessage;
  /** Raised, or cleared when `alert` is null. */
  alert: { id: string; alert: AlertMessage | null };
  /** One lighting output of the venue. */
  output: OutputState;
  /** The bytes that leave one output, while a page asks for them. */
  "output/dmx": OutputDmx & { name: string };
  /** The lamps behind those bytes, for a page that asked without knowing them. */
  "output/rig": OutputRig & { name: string };
}
export type LiveLeaf = keyof LiveData;

/** Leaves every listener gets of every device; the others go only to those who watch the device. */
export const OVERVIEW_LEAVES: ReadonlySet<LiveLeaf> = new Set<LiveLeaf>([
  "grid",
  "tempo",
  "status",
  "override/state",
  "alert",
]);

export type LiveEvent = {
  [Leaf in LiveLeaf]: {
    type: Leaf;
    /** Counts all events since the cloud's start. */
    id: number;
    device: string;
    /** Cloud time of arrival. */
    receivedAtUs: number;
    /** Add to any stamp of this device to get cloud time; 0 when its clock agrees. */
    skewUs: number;
    data: LiveData[Leaf];
  };
}[LiveLeaf];

/** The newest of everything about one device. */
export interface DeviceSummary {
  id: string;
  venue: string;
  device: string;
  name: string;
  version: string;
  model: string;
  tags: string[];
  state: "online" | "offline";
  firstSeenUs: number;
  lastSeenUs: number;
  skewUs: number;
  status: StatusMessage | null;
  grid: GridMessage | null;
  tempo: TempoMessage | null;
  override: OverrideState | null;
  alerts: AlertMessage[];
}

export interface DeviceDetail extends DeviceSummary {
  telemetry: TelemetryMessage | null;
  levels: LevelsMessage | null;
  /** Lighting outputs, by name. */
  outputs: OutputState[];
}

/** RFC 9457, with the field and the remedy. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  field?: string;
  remedy?: string;
  requestId?: string;
}

export interface OverrideOutcome {
  requestId: string;
  device: string;
  /** `pending`: sent, but the device has not answered in time. */
  outcome: "done" | "refused" | "pending";
  state: OverrideState | null;
}

export type ServerMessage =
  | LiveEvent
  | {
      type: "hello";
      v: 1;
      atUs: number;
      heartbeatMs: number;
      /** Writing needs `authorize` with the write token first. */
      writeToken: "needed" | "not-needed";
      devices: DeviceSummary[];
    }
  | { type: "watching"; devices: DeviceDetail[] }
  | { type: "heartbeat"; atUs: number }
  | { type: "pong"; pingSentAtUs: number; receivedAtUs: number; sentAtUs: number }
  | { type: "authorized" }
  | ({ type: "override" } & OverrideOutcome)
  | { type: "problem"; requestId: string | null; problem: Problem };

/** Names of devices, or "*" for all. */
export const Watch = z.union([z.literal("*"), z.array(z.string().min(3).max(127)).max(50)]);
export type Watch = z.infer<typeof Watch>;

export const ClientMessage = z.discriminatedUnion("type", [
  /** From now on everything of these devices; replaces what was watched before. */
  z.object({ type: z.literal("watch"), devices: Watch }),
  /** The client's own clock, microseconds: comes back untouched. */
  z.object({ type: z.literal("ping"), sentAtUs: z.number() }),
  /** The DMX values of one output for some seconds; asked again to go on. */
  z.object({
    type: z.literal("watch-output"),
    device: z.string().min(3).max(127),
    name: z.string().min(1).max(63),
    forS: z.number().min(1).max(60).default(10),
    /** Id of the rig that the page knows; absent = it wants to be told. */
    rig: z.string().min(1).max(64).optional(),
  }),
  z.object({ type: z.literal("authorize"), token: z.string().min(1).max(200) }),
  z.object({
    type: z.literal("override"),
    device: z.string().min(3).max(127),
    requestId: z.string().min(1).max(64),
    by: z.string().min(1).max(80),
    command: OverrideAction,
  }),
]);
export type ClientMessage = z.infer<typeof ClientMessage>;
