/** What a box says of itself: topics `status`, `levels`, `activation`, `telemetry`, `alert/<id>`, `time/*`. */
import { z } from "zod";
import { HealthWindow } from "./health.js";

export const CaptureState = z.enum(["starting", "running", "lost", "ended"]);
export type CaptureState = z.infer<typeof CaptureState>;

export const StatusMessage = z.object({
  v: z.literal(1),
  /** New at every start; a late will of an older session is told apart by it. */
  session: z.string().min(1).max(64),
  sessionNumber: z.int().min(0),
  state: z.enum(["online", "offline"]),
  sentAtUs: z.int().min(0),
  name: z.string().max(80),
  version: z.string().max(40),
  model: z.string().max(80),
  hearing: z.enum(["up", "down"]),
  capture: CaptureState,
  source: z.string().max(200),
  /** Capture trouble that is present now. */
  conditions: z.array(z.enum(["silence", "clipping", "dc-offset", "hum", "xrun", "unsynchronised-clock"])),
});
export type StatusMessage = z.infer<typeof StatusMessage>;

export const LevelsMessage = z.object({
  v: z.literal(1),
  sentAtUs: z.int().positive(),
  /** dB relative to full scale, -120…0. */
  rmsDb: z.number().min(-120).max(12),
  peakDb: z.number().min(-120).max(12),
  /** 16 bands, low to high, [0, 1] after automatic gain. */
  bands: z.array(z.number().min(0).max(1)).length(16),
});
export type LevelsMessage = z.infer<typeof LevelsMessage>;

export const ActivationMessage = z.object({
  v: z.literal(1),
  /** When the first frame was in the room. */
  fromUs: z.int().positive(),
  fps: z.number().positive(),
  beat: z.array(z.number().min(0).max(1)).max(100),
  downbeat: z.array(z.number().min(0).max(1)).max(100),
});
export type ActivationMessage = z.infer<typeof ActivationMessage>;

/** Somebody looks at this device: topic `watch`. Asked again to go on. */
export const WatchMessage = z.object({
  v: z.literal(1),
  /** For so long beats, levels and activations are wanted live, seconds. */
  forS: z.number().positive().max(300),
});
export type WatchMessage = z.infer<typeof WatchMessage>;

const Stage = z.object({ p50: z.number().min(0), p99: z.number().min(0), max: z.number().min(0) });

export const TelemetryMessage = z.object({
  v: z.literal(1),
  session: z.string().min(1).max(64),
  sentAtUs: z.int().positive(),
  uptimeS: z.number().min(0),
  /** Share of one core, [0, n]. */
  cpu: z.number().min(0),
  residentMb: z.number().min(0),
  hops: z.int().min(0),
  lateHops: z.int().min(0),
  xruns: z.int().min(0),
  /** Milliseconds by stage. */
  latency: z.object({ capture: Stage, frontend: Stage, model: Stage, decoder: Stage, hop: Stage }),
  /** Once a minute. */
  health: HealthWindow.optional(),
  /**
   * Counts the summaries of this session from 0: they wait in the outbox until `telemetry/ack`, and (device, session, sequence)
   * is stored once. Absent in the live message of every ten seconds, which nobody keeps.
   */
  sequence: z.int().min(0).optional(),
  /** How often hearing and agent were started again since the box was, planned restarts not counted. */
  crashes: z.int().min(0).optional(),
  /** Of the box, degrees Celsius; absent where it cannot be read. */
  temperatureC: z.number().min(-60).max(200).optional(),
  /** Free room where the box keeps its state, MiB. */
  diskFreeMb: z.number().min(0).optional(),
});
export type TelemetryMessage = z.infer<typeof TelemetryMessage>;

/** The cloud has stored these summaries: topic `telemetry/ack`. */
export const TelemetryAck = z.object({
  v: z.literal(1),
  session: z.string().min(1).max(64),
  sequences: z.array(z.int().min(0)).min(1).max(256),
  /** Why they were not stored and never will be; absent = they are. */
  refused: z.string().min(1).max(200).optional(),
});
export type TelemetryAck = z.infer<typeof TelemetryAck>;

export const AlertMessage = z.object({
  v: z.literal(1),
  id: z.string().min(1).max(64),
  severity: z.enum(["info", "warning", "critical"]),
  message: z.string().min(1).max(400),
  remedy: z.string().max(400),
  sinceUs: z.int().min(0),
});
export type AlertMessage = z.infer<typeof AlertMessage>;

/** NTP's four stamps over MQTT: the client keeps its own receive time. */
export const TimePing = z.object({ v: z.literal(1), client: z.string().min(1).max(64), sentAtUs: z.int() });
export type TimePing = z.infer<typeof TimePing>;
export const TimePong = z.object({
  v: z.literal(1),
  client: z.string().min(1).max(64),
  pingSentAtUs: z.int(),
  receivedAtUs: z.int().positive(),
  sentAtUs: z.int().positive(),
});
export type TimePong = z.infer<typeof TimePong>;
