/** Topic and bytes of a device into one typed message: the edge behind which everything is trusted. Pure. */
import {
  BeatPrediction,
  GridMessage,
  InputError,
  LevelsMessage,
  OutputWatch,
  OverrideState,
  parseJsonAs,
  parseTopic,
  StatusMessage,
  TimePong,
} from "@tactus/shared";
import type { z } from "zod";

const SCHEMAS = {
  beat: BeatPrediction,
  grid: GridMessage,
  levels: LevelsMessage,
  status: StatusMessage,
  "override/state": OverrideState,
  "time/pong": TimePong,
  "output/watch": OutputWatch,
};
type Schemas = typeof SCHEMAS;
export type FeedLeaf = keyof Schemas;

export type FeedMessage = { [Leaf in FeedLeaf]: { leaf: Leaf; message: z.infer<Schemas[Leaf]> } }[FeedLeaf];

/** Undefined when the bridge has no use for the topic; `refused` says why bytes are not what their topic says. */
export function readFeedMessage(topic: string, payload: Uint8Array): FeedMessage | { refused: string } | undefined {
  const leaf = parseTopic(topic)?.leaf;
  if (!leaf || !(leaf in SCHEMAS) || payload.length === 0) return undefined;
  const known = leaf as FeedLeaf;
  try {
    const message = parseJsonAs(SCHEMAS[known] as z.ZodType, payload, leaf);
    return { leaf: known, message } as FeedMessage;
  } catch (error) {
    if (error instanceof InputError) return { refused: error.message };
    throw error;
  }
}
