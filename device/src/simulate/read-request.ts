/** What came down to a simulated box into one typed request. */
import {
  CommandRequest,
  HistoryAck,
  InputError,
  OverrideSet,
  parseJsonAs,
  TimePong,
  TwinDesired,
  WatchMessage,
} from "@tactus/shared";
import type { z } from "zod";

const SCHEMAS = {
  "history/ack": HistoryAck,
  "time/pong": TimePong,
  "twin/desired": TwinDesired,
  "override/set": OverrideSet,
  watch: WatchMessage,
  command: CommandRequest,
};
type Schemas = typeof SCHEMAS;
export type Asked = { [Leaf in keyof Schemas]: { leaf: Leaf; message: z.infer<Schemas[Leaf]> } }[keyof Schemas];

/** Undefined for what is none of these, or cannot be read. */
export function readRequest(leaf: string, payload: Buffer): Asked | undefined {
  if (!(leaf in SCHEMAS)) return undefined;
  const known = leaf as keyof Schemas;
  try {
    return { leaf: known, message: parseJsonAs(SCHEMAS[known] as z.ZodType, payload, leaf) } as Asked;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return undefined;
  }
}
