/** Lines of the audit log into a chain of hashes, and the first line at which a chain is broken. Pure. */
import { createHash } from "node:crypto";
import type { StoredAuditEntry } from "./audit.js";

export interface ChainedEntry extends StoredAuditEntry {
  /** Hex; empty = there is none. */
  hash: string;
}

/** Where a chain begins: nothing before it, or the end of a sealed export. */
export interface ChainLink {
  id: number;
  hash: string;
}

export const CHAIN_START: ChainLink = { id: 0, hash: "0".repeat(64) };

export interface ChainVerdict {
  /** Lines that are in order. */
  lines: number;
  /** The last of them: note it somewhere else, and a shortened or rewritten log shows. */
  head: ChainLink;
  /** What is wrong, in words; undefined = nothing. */
  fault?: string;
}

/** SHA-256 over JSON of [hash before, id, at, by, action, subject, detail as stored]. */
export function hashOf(
  before: string,
  { id, atUs, by, action, subject }: Omit<StoredAuditEntry, "detail">,
  detail: string,
): string {
  return createHash("sha256")
    .update(JSON.stringify([before, id, atUs, by, action, subject, detail]))
    .digest("hex");
}

export function verifyChain(entries: Iterable<ChainedEntry & { detailText: string }>, from: ChainLink): ChainVerdict {
  let head = from;
  let lines = 0;
  for (const entry of entries) {
    const expected = head.id + 1;
    if (entry.id !== expected)
      return { lines, head, fault: `Line ${expected} is missing: line ${entry.id} follows ${head.id}` };
    if (entry.hash === "") return { lines, head, fault: `Line ${entry.id} has no hash` };
    if (entry.hash !== hashOf(head.hash, entry, entry.detailText))
      return { lines, head, fault: `Line ${entry.id} is not what it was when it was written` };
    head = { id: entry.id, hash: entry.hash };
    lines++;
  }
  return { lines, head };
}
