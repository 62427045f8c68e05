/** The metadata that the cloud has taken, as files to serve and as what the next publication must follow. */
import { createHash } from "node:crypto";
import { MetadataKind, type TargetFile } from "@tufjs/models";
import type { Publication } from "./publication.js";
import type { StoredMetadata } from "./registry-tables.js";
import { parseMetadata, SetRefusedError, type TrustedBytes, type VerifiedSet } from "./tuf-set.js";

export interface ServedFile {
  content: Buffer;
  etag: string;
  /** Its name holds its version: it never changes. */
  immutable: boolean;
}

export interface ServedTarget {
  sha256: string;
  bytes: number;
}

/** Snapshots and targets that are kept: a box may be in the middle of reading them. */
const KEPT_VERSIONS = 3;
const NUMBERED = /^(\d{1,15})\.(root|snapshot|targets)\.json$/;

export class PublishedSet {
  readonly #files: ReadonlyMap<string, ServedFile>;
  readonly #targets: ReadonlyMap<string, ServedTarget>;

  constructor(stored: readonly StoredMetadata[]) {
    this.#files = new Map(stored.map(({ file, content }) => [file, served(file, content)]));
    const targets = this.#newest("targets");
    this.#targets = new Map(targets ? Object.entries(targetsIn(targets)).map(servedTarget) : []);
  }

  metadata(file: string): ServedFile | undefined {
    return this.#files.get(file);
  }

  /** By consistent path: "tactus-beat/1.0.0/<sha256>.beat.onnx". Only what the newest targets list. */
  target(path: string): ServedTarget | undefined {
    return this.#targets.get(path);
  }

  artifacts(): Set<string> {
    return new Set([...this.#targets.values()].map(({ sha256 }) => sha256));
  }

  get root(): string | undefined {
    return this.#newest("root")?.toString("utf8");
  }

  get targetsVersion(): number {
    return this.#versions("targets").at(-1) ?? 0;
  }

  get trusted(): TrustedBytes | undefined {
    const root = this.#newest("root");
    const timestamp = this.#files.get("timestamp.json")?.content;
    const snapshot = this.#newest("snapshot");
    return root && { root, ...(timestamp ? { timestamp } : {}), ...(snapshot ? { snapshot } : {}) };
  }

  /** One version has one content. Throws SetRefusedError. */
  refuseTwin(set: VerifiedSet, { timestamp, snapshot, targets }: Publication): void {
    const known = this.#files.get("timestamp.json");
    const isSameVersion =
      known && parseMetadata(MetadataKind.Timestamp, known.content).signed.version === set.timestamp.signed.version;
    const twins = [
      { file: "timestamp.json", known: isSameVersion ? known : undefined, text: timestamp },
      this.#numbered(`${set.snapshot.signed.version}.snapshot.json`, snapshot),
      this.#numbered(`${set.targets.signed.version}.targets.json`, targets),
    ];
    const twin = twins.find((one) => one.known !== undefined && one.known.content.toString("utf8") !== one.text);
    if (!twin) return;
    throw new SetRefusedError("rollback", `${twin.file} of this version is known with another content: sign it anew`);
  }

  /** What to store for this set, and what is too old to be asked for. */
  after(set: VerifiedSet, publication: Publication): { metadata: StoredMetadata[]; dropped: string[] } {
    const roots = publication.roots.flatMap((content): StoredMetadata[] => {
      const { version } = parseMetadata(MetadataKind.Root, Buffer.from(content)).signed;
      const file = `${version}.root.json`;
      return this.#files.has(file) ? [] : [{ file, content }];
    });
    const metadata = [
      ...roots,
      { file: `${set.targets.signed.version}.targets.json`, content: publication.targets },
      { file: `${set.snapshot.signed.version}.snapshot.json`, content: publication.snapshot },
      { file: "timestamp.json", content: publication.timestamp },
    ];
    const dropped = (["targets", "snapshot"] as const).flatMap((role) =>
      this.#versions(role)
        .filter((version) => version > set[role].signed.version || version <= set[role].signed.version - KEPT_VERSIONS)
        .map((version) => `${version}.${role}.json`),
    );
    return { metadata, dropped };
  }

  #numbered(file: string, text: string) {
    return { file, known: this.#files.get(file), text };
  }

  #newest(role: "root" | "snapshot" | "targets"): Buffer | undefined {
    const version = this.#versions(role).at(-1);
    return version === undefined ? undefined : this.#files.get(`${version}.${role}.json`)?.content;
  }

  /** Ascending. */
  #versions(role: "root" | "snapshot" | "targets"): number[] {
    const versions = [...this.#files.keys()].flatMap((file) => {
      const match = NUMBERED.exec(file);
      return match?.[2] === role ? [Number(match[1])] : [];
    });
    return versions.sort((a, b) => a - b);
  }
}

/** What the next publication must follow: what was published, or else this root. Throws SetRefusedError when there is neither. */
export function trustedIn(published: PublishedSet, firstRoot: string | undefined): TrustedBytes {
  const { trusted } = published;
  if (trusted) return trusted;
  if (firstRoot !== undefined) return { root: Buffer.from(firstRoot, "utf8") };
  throw new SetRefusedError("unsigned", "The first publication brings no root");
}

function served(file: string, text: string): ServedFile {
  const content = Buffer.from(text, "utf8");
  const etag = `"${createHash("sha256").update(content).digest("hex").slice(0, 32)}"`;
  return { content, etag, immutable: NUMBERED.test(file) };
}

function targetsIn(bytes: Buffer): Record<string, TargetFile> {
  return parseMetadata(MetadataKind.Targets, bytes).signed.targets;
}

function servedTarget([path, { hashes, length }]: [string, TargetFile]): [string, ServedTarget] {
  const sha256 = hashes.sha256 ?? "";
  const slash = path.lastIndexOf("/") + 1;
  return [`${path.slice(0, slash)}${sha256}.${path.slice(slash)}`, { sha256, bytes: length }];
}
