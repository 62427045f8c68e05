/** What the supervisor and its two processes say to each other over IPC: our own code on both ends, same version. */
import {
  type AlertMessage,
  type CaptureState,
  type StatusMessage,
  TactusError,
  type TelemetryMessage,
} from "@tactus/shared";
import type { DeviceConfig } from "./config.js";

/** What hearing knows of itself, beyond beats. */
export interface HearingFacts {
  capture: CaptureState;
  /** Why capture is lost; empty otherwise. */
  captureReason: string;
  source: string;
  model: string;
  conditions: StatusMessage["conditions"];
}

/** Everything the agent tells others about this box. */
export interface DeviceFacts extends HearingFacts {
  hearing: "up" | "down";
  /** Where the local broker listens; 0 = not known yet. */
  brokerPort: number;
  alerts: AlertMessage[];
}

export const UNKNOWN_FACTS: DeviceFacts = {
  hearing: "down",
  brokerPort: 0,
  capture: "starting",
  captureReason: "",
  source: "",
  model: "",
  conditions: [],
  alerts: [],
};

/** Every alert a box can raise: what is not present is cleared. */
export const ALERT_IDS = ["hearing-restarts", "agent-restarts", "capture-lost"] as const;
export type AlertId = (typeof ALERT_IDS)[number];

/** Given to a process at its start; secrets travel here and not on command lines. */
export interface ProcessStart {
  kind: "start";
  config: DeviceConfig & { mqtt: { pairingCode: string } };
  /** New at every start of every process. */
  session: string;
  sessionNumber: number;
  /** Password of our own agent at the local broker. */
  internalPassword: string;
  /** The wall clock is wrong when it shows less than this: epoch milliseconds. */
  timeFloorMs: number;
}

export type ToProcess =
  | ProcessStart
  | { kind: "facts"; facts: DeviceFacts }
  | { kind: "telemetry"; telemetry: TelemetryMessage }
  | { kind: "stop" };

export type FromProcess =
  /** At least once a second while all is well. */
  | { kind: "alive" }
  | { kind: "ready"; brokerPort: number; webSocketPort: number }
  | { kind: "facts"; facts: HearingFacts }
  | { kind: "telemetry"; telemetry: TelemetryMessage }
  /** Starting again would not help: a person must put this right. */
  | { kind: "hopeless"; message: string; code: string };

const ALIVE_INTERVAL_MS = 1000;
const STOP_WITHIN_MS = 3000;

export interface ProcessRole {
  start(order: ProcessStart): Promise<void>;
  stop(): Promise<void>;
  /** Not called before start() has resolved. */
  onMessage?(message: ToProcess): void;
  /** False withholds the sign of life: the supervisor then starts the process anew. */
  isWell?(): boolean;
}

export function tellSupervisor(message: FromProcess): void {
  if (process.connected) process.send?.(message, undefined, {}, () => {});
}

/** The main function of a child process: obeys the supervisor, and ends with it. */
export function runProcess(role: ProcessRole): void {
  let started: Promise<void> | undefined;
  let leaving = false;
  const leave = async (code: number) => {
    if (leaving) return;
    leaving = true;
    setTimeout(() => process.exit(code), STOP_WITHIN_MS).unref();
    await started?.then(() => role.stop()).catch(() => {});
    process.exit(code);
  };
  const obey = (message: ToProcess) => {
    if (message.kind === "start") started = role.start(message);
    if (message.kind === "stop") void leave(0);
    if (message.kind !== "start") void started?.then(() => role.onMessage?.(message));
    started?.catch((error: unknown) => fail(error));
  };
  process.on("message", obey);
  process.on("disconnect", () => void leave(0));
  process.on("SIGTERM", () => void leave(0));
  process.on("SIGINT", () => {}); // Ctrl-C reaches the whole group; the supervisor decides
  setInterval(() => {
    if (role.isWell?.() ?? true) tellSupervisor({ kind: "alive" });
  }, ALIVE_INTERVAL_MS);
}

/** A bug is thrown, so that it is seen, and the process starts anew; the rest is for a person. */
export function fail(error: unknown): void {
  if (!(error instanceof TactusError)) throw error;
  const message: FromProcess = { kind: "hopeless", message: error.message, code: error.code };
  process.send?.(message, undefined, {}, () => process.exit(1));
}
