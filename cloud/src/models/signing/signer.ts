/** A change of the repository into the next signed set: which roles must sign again, with which keys, in which order. */
import { InputError } from "@tactus/shared";
import {
  type Metadata,
  MetadataKind,
  type Root,
  Signature,
  type Snapshot,
  type TargetFile,
  type Targets,
  type Timestamp,
} from "@tufjs/models";
import { followRoots, parseMetadata, trustedRoot } from "../tuf-set.js";
import { type KeyFile, ROLES, type Role } from "./key-file.js";
import type { KeyRing } from "./key-ring.js";
import {
  draftRoot,
  draftSnapshot,
  draftTargets,
  draftTimestamp,
  LIFETIME_DAYS,
  type PublicKey,
  type RoleKeys,
  type SignedFile,
} from "./metadata-drafts.js";
import type { RepositoryFolder } from "./repository-folder.js";

type AnyMetadata = Metadata<Root> | Metadata<Targets> | Metadata<Snapshot> | Metadata<Timestamp>;
interface NewFile {
  file: string;
  content: string;
}

export interface SignerOptions {
  repository: RepositoryFolder;
  keys: KeyRing;
  now(): Date;
}

/** How many keys each role has, and how many must sign. */
export type Ceremony = Record<Role, { count: number; threshold: number }>;

/** The newest of each role, believed because the keys' owner wrote it. */
interface Present {
  root: Metadata<Root>;
  timestamp: Metadata<Timestamp> | undefined;
  snapshot: Metadata<Snapshot> | undefined;
  targets: Metadata<Targets> | undefined;
  bytes: { snapshot: string; targets: string };
}

export class Signer {
  readonly #options: SignerOptions;

  constructor(options: SignerOptions) {
    this.#options = options;
  }

  /** Keys for every role, the first root, and an empty list of models. Throws InputError when there is a repository. */
  async init(ceremony: Ceremony): Promise<KeyFile[]> {
    const { repository, keys, now } = this.#options;
    if ((await repository.roots()).length > 0) {
      throw new InputError(`${repository.dir} is a repository already: its keys are replaced with \`rotate-key\``);
    }
    const made: KeyFile[] = [];
    const roles = {} as RoleKeys;
    for (const role of ROLES) {
      const { count, threshold } = ceremony[role];
      if (threshold > count)
        throw new InputError(`${threshold} of ${count} ${role} keys can never sign: lower --${role}-threshold`);
    }
    for (const role of ROLES) {
      const fresh = await keys.make(role, ceremony[role].count, now());
      made.push(...fresh);
      roles[role] = { keys: fresh, threshold: ceremony[role].threshold };
    }
    const root = draftRoot(1, roles, now());
    const content = await this.#sign(root, [root]);
    const rest = await this.#next(root, undefined, {});
    await repository.write([{ file: "1.root.json", content }, ...rest]);
    return made;
  }

  /** The present list of targets. */
  async targets(): Promise<Readonly<Record<string, TargetFile>>> {
    return (await this.#present()).targets?.signed.targets ?? {};
  }

  /** Signs this list of targets, and what refers to it. Their files must lie in the repository already. */
  async changeTargets(targets: Record<string, TargetFile>): Promise<void> {
    const present = await this.#present();
    await this.#options.repository.write(await this.#next(present.root, present, targets));
  }

  /**
   * Timestamp, and snapshot where half its life is over. Needs the keys of these two roles only; `also` signs others again
   * whose keys are at hand.
   */
  async renew(also: readonly ("root" | "targets")[] = []): Promise<Role[]> {
    const { repository, now } = this.#options;
    const present = await this.#present();
    const files: NewFile[] = [];
    let { root } = present;
    if (also.includes("root")) {
      root = draftRoot(root.signed.version + 1, rolesOf(root), now());
      files.push({ file: `${root.signed.version}.root.json`, content: await this.#sign(root, [present.root, root]) });
    }
    const isSnapshotDue = also.includes("targets") || isDue(root, present.snapshot, now());
    if (also.includes("targets"))
      files.push(...(await this.#next(root, present, present.targets?.signed.targets ?? {})));
    else files.push(...(await this.#refresh(root, present, isSnapshotDue)));
    await repository.write(files);
    return [...also, ...(isSnapshotDue ? (["snapshot"] as const) : []), "timestamp"];
  }

  /**
   * New keys for a role: a new root, signed by the old root keys and the new ones; everything the role signs is signed
   * again, with what refers to it. Throws InputError when keys are missing.
   */
  async rotate(role: Role): Promise<{ made: KeyFile[]; root: number }> {
    const { repository, keys, now } = this.#options;
    const present = await this.#present();
    const roles = rolesOf(present.root);
    const made = await keys.make(role, roles[role].keys.length, now());
    const root = draftRoot(
      present.root.signed.version + 1,
      { ...roles, [role]: { ...roles[role], keys: made } },
      now(),
    );
    const content = await this.#sign(root, [present.root, root]);
    const targets = present.targets?.signed.targets ?? {};
    const rest =
      role === "targets"
        ? await this.#next(root, present, targets)
        : await this.#refresh(root, present, role === "snapshot");
    await repository.write([{ file: `${root.signed.version}.root.json`, content }, ...rest]);
    return { made, root: root.signed.version };
  }

  /** Targets, snapshot and timestamp, each one version on. */
  async #next(
    root: Metadata<Root>,
    present: Present | undefined,
    targets: Record<string, TargetFile>,
  ): Promise<NewFile[]> {
    const draft = draftTargets(nextVersion(present?.targets), targets, this.#options.now());
    const content = await this.#sign(draft, [root]);
    const { version } = draft.signed;
    const rest = await this.#above(root, present, { version, content });
    return [{ file: `${version}.targets.json`, content }, ...rest];
  }

  /** Snapshot (when asked for) and timestamp over the targets as they are. */
  async #refresh(root: Metadata<Root>, present: Present, withSnapshot: boolean): Promise<NewFile[]> {
    const { snapshot, targets, bytes } = present;
    if (!snapshot || !targets)
      throw new InputError(`${this.#options.repository.dir} is not complete: sign a model first`);
    if (withSnapshot) return this.#above(root, present, { version: targets.signed.version, content: bytes.targets });
    return [await this.#timestamp(root, present, { version: snapshot.signed.version, content: bytes.snapshot })];
  }

  async #above(root: Metadata<Root>, present: Present | undefined, targets: SignedFile): Promise<NewFile[]> {
    const draft = draftSnapshot(nextVersion(present?.snapshot), targets, this.#options.now());
    const content = await this.#sign(draft, [root]);
    const { version } = draft.signed;
    return [{ file: `${version}.snapshot.json`, content }, await this.#timestamp(root, present, { version, content })];
  }

  async #timestamp(root: Metadata<Root>, present: Present | undefined, snapshot: SignedFile): Promise<NewFile> {
    const draft = draftTimestamp(nextVersion(present?.timestamp), snapshot, this.#options.now());
    return { file: "timestamp.json", content: await this.#sign(draft, [root]) };
  }

  /** Signed by the role's keys in each of these roots. */
  async #sign(metadata: AnyMetadata, roots: readonly Metadata<Root>[]): Promise<string> {
    const role = metadata.signed.type as Role;
    for (const { signed } of roots) {
      const { keyIDs, threshold } = signed.roles[role] ?? { keyIDs: [], threshold: 1 };
      const signers = await this.#options.keys.signers(role, { keyIds: keyIDs, threshold });
      for (const key of signers) {
        metadata.sign((bytes) => new Signature({ keyID: key.keyId, sig: key.sign(bytes) }));
      }
    }
    return JSON.stringify(metadata.toJSON());
  }

  async #present(): Promise<Present> {
    const { repository } = this.#options;
    const { roots, set } = await repository.files();
    const [first, ...later] = roots;
    if (!first) throw new InputError(`${repository.dir} is no repository: make one with \`tactus models init\``);
    return {
      root: followRoots(trustedRoot(first), later),
      timestamp: parseMetadata(MetadataKind.Timestamp, set.timestamp),
      snapshot: parseMetadata(MetadataKind.Snapshot, set.snapshot),
      targets: parseMetadata(MetadataKind.Targets, set.targets),
      bytes: { snapshot: set.snapshot.toString("utf8"), targets: set.targets.toString("utf8") },
    };
  }
}

const nextVersion = (metadata: AnyMetadata | undefined): number => (metadata?.signed.version ?? 0) + 1;

function rolesOf({ signed }: Metadata<Root>): RoleKeys {
  const of = (role: Role): RoleKeys[Role] => {
    const { keyIDs = [], threshold = 1 } = signed.roles[role] ?? {};
    const keys = keyIDs.flatMap((keyId): PublicKey[] => {
      const publicKey = signed.keys[keyId]?.keyVal.public;
      return publicKey === undefined ? [] : [{ keyId, publicKey }];
    });
    return { keys, threshold };
  };
  return { root: of("root"), targets: of("targets"), snapshot: of("snapshot"), timestamp: of("timestamp") };
}

/** Half its life is over; or its keys were replaced, and power went before it was signed by the new ones. */
function isDue(root: Metadata<Root>, snapshot: Metadata<Snapshot> | undefined, now: Date): boolean {
  if (!snapshot) return true;
  try {
    root.verifyDelegate(MetadataKind.Snapshot, snapshot);
  } catch {
    return true;
  }
  const leftMs = Date.parse(snapshot.signed.expires) - now.getTime();
  return leftMs < (LIFETIME_DAYS.snapshot * 86_400_000) / 2;
}
