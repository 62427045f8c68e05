/** Unsigned metadata of each role, with the expiry that the role has. Pure. */
import { createHash } from "node:crypto";
import { Key, Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp } from "@tufjs/models";
import { type KeyFile, publicKeyJson, ROLES, type Role } from "./key-file.js";

/** Of the specification that these files follow. */
const SPEC_VERSION = "1.0.31";
const DAY_MS = 86_400_000;

/** How long a signature of each role holds, days: the more a key is exposed, the shorter. */
export const LIFETIME_DAYS: Readonly<Record<Role, number>> = { timestamp: 1, snapshot: 7, targets: 90, root: 365 };

export type RoleKeys = Record<Role, { keys: readonly PublicKey[]; threshold: number }>;
export type PublicKey = Pick<KeyFile, "keyId" | "publicKey">;

export function draftRoot(version: number, roles: RoleKeys, now: Date): Metadata<Root> {
  const keys: Record<string, Key> = {};
  for (const role of ROLES) {
    for (const { keyId, publicKey } of roles[role].keys) keys[keyId] = Key.fromJSON(keyId, publicKeyJson(publicKey));
  }
  const root = new Root({ ...common("root", version, now), keys, consistentSnapshot: true }).toJSON();
  const named = ROLES.map((role) => [
    role,
    { keyids: roles[role].keys.map(({ keyId }) => keyId), threshold: roles[role].threshold },
  ]);
  return new Metadata(Root.fromJSON({ ...root, roles: Object.fromEntries(named) }));
}

export function draftTargets(version: number, targets: Record<string, TargetFile>, now: Date): Metadata<Targets> {
  return new Metadata(new Targets({ ...common("targets", version, now), targets }));
}

/** `targets`: the signed file, byte by byte. */
export function draftSnapshot(version: number, targets: SignedFile, now: Date): Metadata<Snapshot> {
  return new Metadata(new Snapshot({ ...common("snapshot", version, now), meta: { "targets.json": metaOf(targets) } }));
}

export function draftTimestamp(version: number, snapshot: SignedFile, now: Date): Metadata<Timestamp> {
  return new Metadata(new Timestamp({ ...common("timestamp", version, now), snapshotMeta: metaOf(snapshot) }));
}

export interface SignedFile {
  version: number;
  content: string;
}

export function targetOf(path: string, content: Uint8Array, custom?: Record<string, string>): TargetFile {
  return TargetFile.fromJSON(path, {
    length: content.length,
    hashes: { sha256: createHash("sha256").update(content).digest("hex") },
    ...(custom ? { custom } : {}),
  });
}

function metaOf({ version, content }: SignedFile): MetaFile {
  const bytes = Buffer.from(content);
  const hashes = { sha256: createHash("sha256").update(bytes).digest("hex") };
  return new MetaFile({ version, length: bytes.length, hashes });
}

/** Expiry in whole seconds (metadata format 4.2.1). */
function common(role: Role, version: number, now: Date) {
  const expires = new Date(now.getTime() + LIFETIME_DAYS[role] * DAY_MS).toISOString().replace(/\.\d{3}Z$/, "Z");
  return { specVersion: SPEC_VERSION, version, expires };
}
