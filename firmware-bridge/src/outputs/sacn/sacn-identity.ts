/** What an sACN source must remember between two runs: its component identifier and where its sequences ended. */
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";

const SavedIdentity = z.object({
  cid: z.uuid(),
  /** Universe (0 = the sync packets) -> last sequence number; absent while the source runs or after it was killed. */
  sequences: z.record(z.string().regex(/^\d{1,5}$/), z.int().min(0).max(255)).optional(),
});

export interface SacnIdentity {
  /** 32 hexadecimal digits. */
  cid: string;
  sequences: Map<number, number>;
}

/** A new identity when the file is missing or damaged: receivers then see a source they have not met. */
export async function loadIdentity(path: string): Promise<SacnIdentity> {
  const saved = SavedIdentity.safeParse(await readJson(path));
  if (!saved.success) return { cid: randomUUID().replaceAll("-", ""), sequences: new Map() };
  const sequences = Object.entries(saved.data.sequences ?? {}).map(([key, last]) => [Number(key), last] as const);
  return { cid: saved.data.cid.replaceAll("-", ""), sequences: new Map(sequences) };
}

/** Whole or not at all, whenever the power goes. `sequences` undefined: the numbers are in use from now on. */
export async function saveIdentity(
  path: string,
  { cid, sequences }: { cid: string; sequences: ReadonlyMap<number, number> | undefined },
): Promise<void> {
  const uuid = cid.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  const saved = { cid: uuid, ...(sequences && { sequences: Object.fromEntries(sequences) }) };
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, JSON.stringify(saved));
  await rename(`${path}.new`, path);
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return undefined;
  }
}
