/** The last wish of the cloud on this box's disk: it holds after a restart, with or without the cloud. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type DesiredModel, parseJsonAs } from "@tactus/shared";
import { z } from "zod";

const FILE = "twin-desired.json";

/**
 * `twin/desired` before each setting is looked at: a newer cloud may want things that this software does not know, and is told
 * so setting by setting.
 */
export const Wish = z.object({
  v: z.literal(1),
  version: z.int().min(1),
  config: z.record(z.string().max(64), z.unknown()),
  model: z.unknown().optional(),
});
export type Wish = z.infer<typeof Wish> & { model?: DesiredModel | unknown };

/** Undefined when there is none, or nothing that can be read: the cloud says it again. */
export function readKeptWish(stateDir: string): Wish | undefined {
  try {
    return parseJsonAs(Wish, readFileSync(join(stateDir, FILE)), FILE);
  } catch {
    return undefined;
  }
}

/** Blocks for a moment. Power may go at any step: the old or the new one is there. Throws where the disk takes nothing. */
export function keepWishSync(stateDir: string, wish: Wish): void {
  const path = join(stateDir, FILE);
  const file = openSync(`${path}.new`, "w", 0o600);
  try {
    writeSync(file, JSON.stringify(wish));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
}
