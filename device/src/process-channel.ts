/** What the supervisor and its two processes say to each other over IPC: our own code on both ends, same version. */
import {
  type AlertMessage,
  type CaptureState,
  type CommandAction,
  type LogLevel,
  type LogMessage,
  type StatusMessage,
  TactusError,
  type TelemetryMessage,
} from "@tactus/shared";
import type { DeviceConfig } from "./config.js";
import type { Settings } from "./remote-settings.js";
import type { ModelFacts } from "./update/model-facts.js";
import type { ModelTrial } from "./update/model-trial.js";

export type LogLine = LogMessage["lines"][number];
export type RestartPart = Extract<CommandAction, { action: "restart" }>["part"];

/** What hearing knows of itself, beyond beats. */
export interface HearingFacts {
  capture: CaptureState;
  /** Why capture is lost; empty otherwise. */
  captureReason: string;
  source: string;
  model: string;
  conditions: StatusMessage["conditions"];
  /** There is music in the room. */
  music: boolean;
}

/** Everything the agent tells others about this box. */
export interface DeviceFacts extends HearingFacts {
  hearing: "up" | "down";
  /** Where the local broker listens; 0 = not known yet. */
  brokerPort: number;
  alerts: AlertMessage[];
  /** Undefined until the supervisor has looked. */
  models: ModelFacts | undefined;
}

export const UNKNOWN_FACTS: DeviceFacts = {
  hearing: "down",
  brokerPort: 0,
  capture: "starting",
  captureReason: "",
  source: "",
  model: "",
  conditions: [],
  music: false,
  alerts: [],
  models: undefined,
};

/** Every alert a box can raise: what is not present is cleared. */
export const ALERT_IDS = ["hearing-restarts", "agent-restarts", "capture-lost", "update-failed"] as const;
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
  /** The settings as the box's own file has them; `config` has those that hold. */
  own: Settings;
  /** Folder of the model that hearing is to run; empty for the agent. */
  artifactDir: string;
}

export type ToProcess =
  | ProcessStart
  | { kind: "facts"; facts: DeviceFacts }
  | { kind: "telemetry"; telemetry: TelemetryMessage }
  /** To hearing: change to the model in this folder. Answered by "model". */
  | { kind: "swap"; artifactDir: string }
  /** To hearing: send what the model hears, or no longer. */
  | { kind: "tap"; isOn: boolean }
  /** To the agent: what the model of hearing heard; see update/feature-batch.ts. */
  | { kind: "features"; batch: string }
  /** What holds from now on, as the agent has settled it with the cloud. */
  | { kind: "settings"; settings: Settings }
  /** To the agent: lines of the log, asked for by "logs". */
  | { kind: "log-lines"; lines: LogLine[]; dropped: number }
  /** To the agent: the answer to "recent-logs". */
  | { kind: "recent-logs"; lines: LogLine[] }
  /** To the agent: the process that was to be restarted is up again. */
  | { kind: "restarted"; requestId: string }
  | { kind: "stop" };

export type FromProcess =
  /** At least once a second while all is well. */
  | { kind: "alive" }
  | { kind: "ready"; brokerPort: number; webSocketPort: number }
  | { kind: "facts"; facts: HearingFacts }
  | { kind: "telemetry"; telemetry: TelemetryMessage }
  /** Of hearing: the change of model is done, or (with a reason) cannot be done while it runs. */
  | { kind: "model"; artifactDir: string; reason: string }
  /** Of hearing, while it is tapped. */
  | { kind: "features"; batch: string }
  /** Of the agent. */
  | { kind: "tap"; isOn: boolean }
  | { kind: "try-model"; trial: ModelTrial }
  | { kind: "drop-model"; id: string; reason: string }
  /** Of the agent: a code by which this box can be claimed now; empty = none holds. */
  | { kind: "claim-code"; code: string; validForS: number }
  /** Of the agent: new credentials are on the disk. */
  | { kind: "claimed" }
  /** Of the agent: the last update ended badly; empty = it did not. */
  | { kind: "update-trouble"; reason: string }
  /** Of the agent: settings that hold from now on, in all processes. */
  | { kind: "settings"; settings: Settings }
  /** Of the agent: send the log as it is written for so long, seconds (0 = no longer), the last lines first. */
  | { kind: "logs"; forS: number; level: LogLevel; lines: number }
  /** Of the agent: everything that is kept of the log, once. */
  | { kind: "recent-logs" }
  /** Of the agent: a restart that an operator wants. */
  | { kind: "restart"; part: RestartPart; requestId: string }
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

/** `sent` is called when the message has left this process, or never will. */
export function tellSupervisor(message: FromProcess, sent: () => void = () => {}): void {
  if (process.connected) process.send?.(message, undefined, {}, sent);
  else sent();
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
