/** Signed files of a repository into what may be believed of them: the client workflow of The Update Framework, without I/O. */

import { InputError, type RefusalCode } from "@tactus/shared";
import {
  Metadata,
  MetadataKind,
  type Root,
  type Snapshot,
  type TargetFile,
  type Targets,
  type Timestamp,
} from "@tufjs/models";

/** The set must not be taken; `reason` says which attack or mistake it looks like. */
export class SetRefusedError extends InputError {
  readonly reason: RefusalCode;

  constructor(reason: RefusalCode, message: string, options?: ErrorOptions) {
    super(`${reason}: ${message}`, options);
    this.reason = reason;
  }
}

/** As files have them. */
export interface SetBytes {
  timestamp: Buffer;
  snapshot: Buffer;
  targets: Buffer;
}

/** What is believed already: the root of trust, and newer files where a set was taken before. */
export interface TrustedBytes extends Partial<SetBytes> {
  root: Buffer;
}

export interface VerifiedSet {
  root: Metadata<Root>;
  timestamp: Metadata<Timestamp>;
  snapshot: Metadata<Snapshot>;
  targets: Metadata<Targets>;
}

export interface VerifyOptions {
  trusted: TrustedBytes;
  /** Roots after the trusted one, in order; older ones are passed over. */
  roots: readonly Buffer[];
  set: SetBytes;
  /** Client workflow 5.1: one time for the whole check. */
  now: Date;
}

/** The set, when each of its files may follow what is trusted. Throws SetRefusedError. */
export function verifySet({ trusted, roots, set, now }: VerifyOptions): VerifiedSet {
  const root = followRoots(trustedRoot(trusted.root), roots);
  refuseExpired(root.signed, "root.json", now); // Client workflow 5.3.10
  const timestamp = nextTimestamp(root, set.timestamp, lastKnown(root, MetadataKind.Timestamp, trusted.timestamp));
  refuseExpired(timestamp.signed, "timestamp.json", now); // Client workflow 5.4.4
  const known = lastKnown(root, MetadataKind.Snapshot, trusted.snapshot);
  const snapshot = nextSnapshot({ root, timestamp, bytes: set.snapshot, known });
  refuseExpired(snapshot.signed, "snapshot.json", now); // Client workflow 5.5.6
  const targets = nextTargets({ root, snapshot, bytes: set.targets });
  refuseExpired(targets.signed, "targets.json", now); // Client workflow 5.6.5
  return { root, timestamp, snapshot, targets };
}

/** Client workflow 5.2: an expired root still says who may sign the next one. Throws SetRefusedError. */
export function trustedRoot(bytes: Buffer): Metadata<Root> {
  const root = parseMetadata(MetadataKind.Root, bytes);
  requireSignatures(root, MetadataKind.Root, root);
  return root;
}

/** Client workflow 5.3: version by version, each signed by the one before and by itself. */
export function followRoots(from: Metadata<Root>, roots: readonly Buffer[]): Metadata<Root> {
  let root = from;
  for (const bytes of roots) {
    const next = parseMetadata(MetadataKind.Root, bytes);
    if (next.signed.version <= root.signed.version) continue;
    if (next.signed.version !== root.signed.version + 1) {
      throw new SetRefusedError("root-gap", `Root ${next.signed.version} cannot follow root ${root.signed.version}`);
    }
    requireSignatures(root, MetadataKind.Root, next); // 5.3.4: by the keys trusted so far
    requireSignatures(next, MetadataKind.Root, next);
    root = next;
  }
  return root;
}

/** Every target that may be used, by path. */
export const targetsOf = (set: VerifiedSet): [path: string, target: TargetFile][] =>
  Object.entries(set.targets.signed.targets);

/** Client workflow 5.4. */
function nextTimestamp(root: Metadata<Root>, bytes: Buffer, known: Metadata<Timestamp> | undefined) {
  const timestamp = parseMetadata(MetadataKind.Timestamp, bytes);
  requireSignatures(root, MetadataKind.Timestamp, timestamp);
  if (known) {
    refuseOlder("timestamp.json", timestamp.signed.version, known.signed.version); // 5.4.3.1
    refuseOlder("snapshot.json", timestamp.signed.snapshotMeta.version, known.signed.snapshotMeta.version); // 5.4.3.2
  }
  return timestamp;
}

interface SnapshotOptions {
  root: Metadata<Root>;
  timestamp: Metadata<Timestamp>;
  bytes: Buffer;
  known: Metadata<Snapshot> | undefined;
}

/** Client workflow 5.5. */
function nextSnapshot({ root, timestamp, bytes, known }: SnapshotOptions): Metadata<Snapshot> {
  const meta = timestamp.signed.snapshotMeta;
  requireContent("snapshot.json", () => meta.verify(bytes)); // 5.5.2
  const snapshot = parseMetadata(MetadataKind.Snapshot, bytes);
  requireSignatures(root, MetadataKind.Snapshot, snapshot);
  requireVersion("snapshot.json", snapshot.signed.version, meta.version); // 5.5.4
  for (const [file, { version }] of Object.entries(known?.signed.meta ?? {})) {
    const now = snapshot.signed.meta[file];
    if (!now) throw new SetRefusedError("rollback", `${file} is missing in snapshot.json ${snapshot.signed.version}`);
    refuseOlder(file, now.version, version); // 5.5.5
  }
  return snapshot;
}

/** Client workflow 5.6. */
function nextTargets(options: { root: Metadata<Root>; snapshot: Metadata<Snapshot>; bytes: Buffer }) {
  const { root, snapshot, bytes } = options;
  const meta = snapshot.signed.meta["targets.json"];
  if (!meta) throw new SetRefusedError("malformed", "snapshot.json does not name targets.json");
  requireContent("targets.json", () => meta.verify(bytes)); // 5.6.2
  const targets = parseMetadata(MetadataKind.Targets, bytes);
  requireSignatures(root, MetadataKind.Targets, targets);
  requireVersion("targets.json", targets.signed.version, meta.version); // 5.6.4
  return targets;
}

/** What was trusted before, unless its keys have been replaced since: then it says nothing any more (5.3.11). */
function lastKnown(root: Metadata<Root>, kind: MetadataKind.Timestamp, bytes?: Buffer): Metadata<Timestamp> | undefined;
function lastKnown(root: Metadata<Root>, kind: MetadataKind.Snapshot, bytes?: Buffer): Metadata<Snapshot> | undefined;
function lastKnown(root: Metadata<Root>, kind: MetadataKind.Timestamp | MetadataKind.Snapshot, bytes?: Buffer) {
  if (!bytes) return undefined;
  try {
    const known = kind === MetadataKind.Timestamp ? parseMetadata(kind, bytes) : parseMetadata(kind, bytes);
    requireSignatures(root, kind, known);
    return known;
  } catch (error) {
    if (error instanceof SetRefusedError) return undefined;
    throw error;
  }
}

const EXPIRES = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** Bytes into metadata of this role, not yet believed. Throws SetRefusedError. */
export function parseMetadata(kind: MetadataKind.Root, bytes: Buffer): Metadata<Root>;
export function parseMetadata(kind: MetadataKind.Timestamp, bytes: Buffer): Metadata<Timestamp>;
export function parseMetadata(kind: MetadataKind.Snapshot, bytes: Buffer): Metadata<Snapshot>;
export function parseMetadata(kind: MetadataKind.Targets, bytes: Buffer): Metadata<Targets>;
export function parseMetadata(kind: MetadataKind, bytes: Buffer): unknown {
  try {
    const data = JSON.parse(bytes.toString("utf8"));
    const metadata = Metadata.fromJSON(kind as MetadataKind.Root, data) as Metadata<Root>;
    const { version, expires } = metadata.signed;
    if (!Number.isSafeInteger(version) || version < 1) throw new Error(`version ${version} is no whole number from 1`);
    if (!EXPIRES.test(expires) || Number.isNaN(Date.parse(expires))) throw new Error(`"${expires}" is no expiry date`);
    return metadata;
  } catch (cause) {
    const { message } = cause as Error;
    const reason = /spec/i.test(message)
      ? "unknown-spec"
      : /multiple signatures/.test(message)
        ? "unsigned"
        : "malformed";
    throw new SetRefusedError(reason, `${kind}.json: ${message}`, { cause });
  }
}

function requireSignatures(
  by: Metadata<Root>,
  role: MetadataKind,
  metadata: Metadata<Root | Timestamp | Snapshot | Targets>,
) {
  try {
    by.verifyDelegate(role, metadata);
  } catch (cause) {
    throw new SetRefusedError("unsigned", `${role}.json: ${(cause as Error).message}`, { cause });
  }
  refuseDoubles(by, role);
}

/** One key under two names would count twice. */
function refuseDoubles({ signed }: Metadata<Root>, role: MetadataKind): void {
  const values = (signed.roles[role]?.keyIDs ?? []).map((id) => signed.keys[id]?.keyVal.public);
  if (new Set(values).size === values.length) return;
  throw new SetRefusedError("unsigned", `root.json ${signed.version} names one key of ${role} twice`);
}

function requireContent(file: string, check: () => void): void {
  try {
    check();
  } catch (cause) {
    throw new SetRefusedError("mix-and-match", `${file} is not the one signed for: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function requireVersion(file: string, version: number, expected: number): void {
  if (version === expected) return;
  throw new SetRefusedError("mix-and-match", `${file} has version ${version}, version ${expected} is signed for`);
}

function refuseOlder(file: string, version: number, known: number): void {
  if (version >= known) return;
  throw new SetRefusedError("rollback", `${file} has version ${version}, version ${known} is known already`);
}

function refuseExpired(signed: Root | Timestamp | Snapshot | Targets, file: string, now: Date): void {
  if (!signed.isExpired(now)) return;
  throw new SetRefusedError("freeze", `${file} ${signed.version} has expired at ${signed.expires}: renew it`);
}
