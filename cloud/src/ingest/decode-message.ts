/** Topic and bytes of a device into one typed message: the edge behind which everything is trusted. */
import {
  ActivationMessage,
  AlertMessage,
  BeatPrediction,
  CommandResult,
  type DeviceAddress,
  decodeHistory,
  GridMessage,
  type HistoryBatch,
  LevelsMessage,
  LogMessage,
  OutputDmx,
  OutputRig,
  OutputState,
  OverrideState,
  parseJsonAs,
  parseTopic,
  StatusMessage,
  TelemetryMessage,
  TempoMessage,
  TimePing,
  TwinReported,
} from "@tactus/shared";
import type { z } from "zod";

const SCHEMAS = {
  beat: BeatPrediction,
  grid: GridMessage,
  tempo: TempoMessage,
  levels: LevelsMessage,
  activation: ActivationMessage,
  status: StatusMessage,
  "override/state": OverrideState,
  telemetry: TelemetryMessage,
  "twin/reported": TwinReported,
  "command/result": CommandResult,
  log: LogMessage,
  "time/ping": TimePing,
};
type Schemas = typeof SCHEMAS;
type Decoded = { [Leaf in keyof Schemas]: { at: DeviceAddress; leaf: Leaf; message: z.infer<Schemas[Leaf]> } };

/** Beats for the store, packed or as JSON. */
interface DecodedHistory {
  at: DeviceAddress;
  leaf: "history";
  message: HistoryBatch;
}

/** An alert raised, or cleared (`message` undefined). */
interface DecodedAlert {
  at: DeviceAddress;
  leaf: "alert";
  id: string;
  message: AlertMessage | undefined;
}

/** What a lighting output of the venue says; its name is part of the topic. */
interface DecodedOutput {
  at: DeviceAddress;
  leaf: "output";
  message: OutputState;
}
interface DecodedDmx {
  at: DeviceAddress;
  leaf: "output/dmx";
  name: string;
  message: OutputDmx;
}
interface DecodedRig {
  at: DeviceAddress;
  leaf: "output/rig";
  name: string;
  message: OutputRig;
}

export type DeviceMessage =
  | Decoded[keyof Decoded]
  | DecodedHistory
  | DecodedAlert
  | DecodedOutput
  | DecodedDmx
  | DecodedRig;

/** Undefined: a topic the cloud has no use for yet. Throws InputError for bytes that are not what the topic says. */
export function decodeMessage(topic: string, payload: Uint8Array): DeviceMessage | undefined {
  const parsed = parseTopic(topic);
  if (!parsed) return undefined;
  const { at, leaf } = parsed;
  if (leaf.startsWith("alert/")) {
    const message = payload.length === 0 ? undefined : parseJsonAs(AlertMessage, payload, leaf);
    return { at, leaf: "alert", id: leaf.slice("alert/".length), message };
  }
  if (leaf.startsWith("output/") && payload.length > 0) return decodeOutput(at, leaf, payload);
  if (leaf === "history") return { at, leaf, message: decodeHistory(payload) };
  if (!(leaf in SCHEMAS) || payload.length === 0) return undefined;
  const known = leaf as keyof Schemas;
  return { at, leaf: known, message: parseJsonAs(SCHEMAS[known] as z.ZodType, payload, leaf) } as DeviceMessage;
}

function decodeOutput(at: DeviceAddress, leaf: string, payload: Uint8Array): DeviceMessage | undefined {
  const [, name = "", last] = leaf.split("/");
  if (last === "state") return { at, leaf: "output", message: parseJsonAs(OutputState, payload, leaf) };
  if (last === "dmx") return { at, leaf: "output/dmx", name, message: parseJsonAs(OutputDmx, payload, leaf) };
  if (last === "rig") return { at, leaf: "output/rig", name, message: parseJsonAs(OutputRig, payload, leaf) };
  return undefined;
}
