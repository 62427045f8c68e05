/** A model's name and version into its files, believed by the signatures of The Update Framework and by nothing else. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  compareVersions,
  InputError,
  MAX_RELEASE_JSON_BYTES,
  ModelManifest,
  type ModelName,
  ModelPolicy,
  parseJsonAs,
  policyPath,
  ReleaseName,
  releasePath,
  UnavailableError,
} from "@tactus/shared";
import { type TargetFile, Updater } from "tuf-js";
import type { ModelSource } from "./model-source.js";
import type { ModelTransport } from "./model-transport.js";
import { TufFetcher } from "./tuf-fetcher.js";
import { namesIn, TufMetadata } from "./tuf-metadata.js";
import { ModelRefusedError, refusalOf } from "./tuf-refusal.js";

export interface TufModelSourceOptions {
  /** Metadata and downloads that have broken off are kept in `<stateDir>/tuf`. */
  stateDir: string;
  /** Roots of trust, the first that is there counts; none = trust on first use. */
  rootFiles: readonly string[];
  transport: ModelTransport;
  /** Is the time of day known? If not, an expired list could not be told from a fresh one. */
  isClockTrusted(): boolean;
  warn(message: string): void;
  /** Nothing for this long ends a download, milliseconds. Default 30 s. */
  stallMs?: number;
  /** Fewer bytes a second than this end it, once `graceMs` have passed. Default 1000, after a minute. */
  minBytesPerS?: number;
  graceMs?: number;
  /** Largest file of a bundle, bytes. Default 256 MiB. */
  maxFileBytes?: number;
}

/** Only its path is used: the transport knows where the cloud is. */
const ANYWHERE = "http://repository.invalid";
const METADATA_URL = `${ANYWHERE}/api/v1/tuf/metadata`;
const TARGETS_URL = `${ANYWHERE}/api/v1/tuf/targets`;
const LIMITS = {
  rootMaxLength: 512_000,
  timestampMaxLength: 16_384,
  snapshotMaxLength: 2_000_000,
  targetsMaxLength: 5_000_000,
};

interface Session {
  updater: Updater;
  fetcher: TufFetcher;
  model: ReleaseName;
  into: string;
}

export class TufModelSource implements ModelSource {
  readonly #options: TufModelSourceOptions;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: TufModelSourceOptions) {
    this.#options = options;
  }

  /** One after the other: they share the trusted metadata. */
  fetch(model: ModelName, into: string, signal: AbortSignal, onProgress: (share: number) => void): Promise<void> {
    const next = this.#queue.then(() => this.#fetch(model, { into, signal, onProgress }));
    this.#queue = next.catch(() => {});
    return next;
  }

  async #fetch(wanted: ModelName, { into, signal, onProgress }: FetchOptions): Promise<void> {
    signal.throwIfAborted();
    if (!this.#options.isClockTrusted()) {
      throw new UnavailableError(
        "The clock of this box is not synchronised, so that old signatures could not be told from new ones: nothing was checked",
      );
    }
    const model = nameOf(wanted);
    const progress = new Progress(onProgress);
    const fetcher = this.#fetcher(signal, progress);
    const metadata = this.#metadata(fetcher);
    const updater = await this.#refreshed(metadata, fetcher);
    await mkdir(into, { recursive: true, mode: 0o700 });
    const session = { updater, fetcher, model, into };
    await this.#requireAllowed(session);
    await this.#fetchFiles(session, progress);
  }

  /** Client workflow 5.2 to 5.6. A root that cannot be believed is never kept, nor one met first beside anything wrong. */
  async #refreshed(metadata: TufMetadata, fetcher: TufFetcher): Promise<Updater> {
    const { folder, isFirstUse } = await guarded(fetcher, "metadata", () => metadata.checkOut());
    const updater = await guarded(fetcher, "metadata", async () => updaterOn(folder, fetcher));
    try {
      await guarded(fetcher, "metadata", () => updater.refresh());
    } catch (error) {
      if (!isFirstUse) await metadata.checkIn(folder);
      throw error;
    }
    await metadata.checkIn(folder);
    return updater;
  }

  #fetcher(signal: AbortSignal, progress: Progress): TufFetcher {
    const { transport, stateDir, stallMs = 30_000, minBytesPerS = 1000, graceMs = 60_000 } = this.#options;
    const partsFolder = join(stateDir, "tuf", "parts");
    const onBytes = (count: number) => progress.came(count);
    return new TufFetcher({ transport, signal, partsFolder, stallMs, minBytesPerS, graceMs, onBytes });
  }

  #metadata(fetcher: TufFetcher): TufMetadata {
    const { stateDir, rootFiles, warn } = this.#options;
    const firstRoot = () => fetcher.downloadBytes(`${METADATA_URL}/1.root.json`, LIMITS.rootMaxLength);
    return new TufMetadata({ folder: join(stateDir, "tuf"), rootFiles, firstRoot, warn });
  }

  /** The signed policy of the model says which versions are not to be used, whoever wants them. */
  async #requireAllowed(session: Session): Promise<void> {
    const { name, version } = session.model;
    const target = await this.#target(session, policyPath(name));
    if (!target) throw new ModelRefusedError("unknown-version", `No model "${name}" is signed for`);
    const content = await this.#readTarget(session, target);
    const policy = parsedTarget(target, () => parseJsonAs(ModelPolicy, content, target.path));
    if (policy.name !== name) throw new ModelRefusedError("wrong-software", `${target.path} speaks of ${policy.name}`);
    const revoked = policy.revoked.find((one) => one.version === version);
    if (revoked) throw new ModelRefusedError("revoked", `${name} ${version} was revoked: ${revoked.reason}`);
    if (compareVersions(version, policy.floor) >= 0) return;
    throw new ModelRefusedError("below-floor", `${name} ${version} is below the floor ${policy.floor}`);
  }

  async #fetchFiles(session: Session, progress: Progress): Promise<void> {
    const { model, into } = session;
    const label = `${model.name} ${model.version}`;
    const target = await this.#target(session, releasePath(model, "manifest.json"));
    if (!target) throw new ModelRefusedError("unknown-version", `${label} is not signed for`);
    const content = await this.#readTarget(session, target);
    const manifest = parsedTarget(target, () => parseJsonAs(ModelManifest, content, target.path));
    if (manifest.name !== model.name || manifest.version !== model.version) {
      throw new ModelRefusedError(
        "wrong-software",
        `${target.path} is the manifest of ${manifest.name} ${manifest.version}`,
      );
    }
    const files: [string, TargetFile][] = [];
    for (const named of namedFiles(manifest)) files.push([named.file, await this.#namedTarget(session, named)]);
    await removeOthers(into, new Set(["manifest.json", ...files.map(([file]) => file)]));
    progress.expect(files.reduce((sum, [, { length }]) => sum + length, 0));
    for (const [file, part] of files) await this.#bring(session, part, file, progress);
    // Last: a folder with a manifest is complete.
    await this.#bring(session, target, "manifest.json", progress);
    progress.done();
  }

  /** Signed under this model's own path, and the very file that its manifest names. */
  async #namedTarget(session: Session, named: NamedFile): Promise<TargetFile> {
    const path = releasePath(session.model, named.file);
    const target = await this.#target(session, path);
    if (!target)
      throw new ModelRefusedError("mix-and-match", `The manifest names ${named.file}, which is not signed for`);
    if (target.hashes.sha256 !== named.sha256 || target.length !== named.bytes) {
      throw new ModelRefusedError("mix-and-match", `${path} is signed as another file than the one the manifest names`);
    }
    return target;
  }

  async #target({ updater, fetcher }: Session, path: string): Promise<TargetFile | undefined> {
    const target = await guarded(fetcher, "metadata", () => updater.getTargetInfo(path));
    if (target && !/^[0-9a-f]{64}$/.test(target.hashes.sha256 ?? "")) {
      throw new ModelRefusedError("malformed", `${path} is signed without a SHA-256`);
    }
    const { maxFileBytes = 256 * 1024 * 1024 } = this.#options;
    if (!target || target.length <= maxFileBytes) return target;
    throw new ModelRefusedError("endless-data", `${path} has ${target.length} bytes, at most ${maxFileBytes}`);
  }

  async #readTarget(session: Session, target: TargetFile): Promise<Buffer> {
    if (target.length > MAX_RELEASE_JSON_BYTES) {
      throw new ModelRefusedError(
        "endless-data",
        `${target.path} has ${target.length} bytes, at most ${MAX_RELEASE_JSON_BYTES}`,
      );
    }
    const draft = join(session.into, ".json.new");
    await download(session, target, draft);
    const content = await readFile(draft);
    await rm(draft, { force: true });
    return content;
  }

  /** A file that is there with the right hash stays. */
  async #bring(session: Session, target: TargetFile, file: string, progress: Progress): Promise<void> {
    const path = join(session.into, file);
    if (await isTarget(path, target)) return progress.came(target.length);
    const draft = `${path}.new`;
    await download(session, target, draft);
    await syncFile(draft);
    await rename(draft, path);
    await syncFile(session.into);
  }
}

interface FetchOptions {
  into: string;
  signal: AbortSignal;
  onProgress(share: number): void;
}
type NamedFile = { file: string; sha256: string; bytes: number };

const namedFiles = (manifest: ModelManifest): NamedFile[] => [
  manifest,
  ...(manifest.golden ? [manifest.golden] : []),
  ...(manifest.card ? [manifest.card] : []),
];

/** Throws when the root in the folder is not signed as it says itself. */
function updaterOn(metadataDir: string, fetcher: TufFetcher): Updater {
  const urls = { metadataBaseUrl: METADATA_URL, targetBaseUrl: TARGETS_URL };
  return new Updater({ metadataDir, ...urls, fetcher, config: LIMITS });
}

/** Client workflow 5.7: length and hash are checked before the file gets its name. */
function download({ updater, fetcher }: Session, target: TargetFile, to: string): Promise<string> {
  return guarded(fetcher, "target", () => updater.downloadTarget(target, to));
}

/** What went wrong on the way is as the fetcher has it; what was found wrong gets its reason. */
async function guarded<T>(fetcher: TufFetcher, what: "metadata" | "target", step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const failure = fetcher.failure ?? (error as Error);
    fetcher.failure = undefined;
    fetcher.signal.throwIfAborted();
    throw isOutside(failure) ? asUnavailable(failure) : refusalOf(failure, what);
  }
}

/** Not the repository's fault, or not its only one: the network, this disk, somebody who has called it off. */
function isOutside(error: Error & { code?: unknown; statusCode?: unknown }): boolean {
  if (error instanceof UnavailableError || error.name === "AbortError") return true;
  return error.statusCode !== undefined || /^E[A-Z]+$/.test(String(error.code)) || isMissing(error);
}

/** tuf-js has lost the class of an answer 404 to snapshot or targets. */
const isMissing = ({ message }: Error): boolean => /is not there \(40[34]\)/.test(message);

function asUnavailable(error: Error & { statusCode?: unknown }): Error {
  if (error.statusCode === undefined && !isMissing(error)) return error;
  return new UnavailableError(`The repository is not complete: ${error.message}`, { cause: error });
}

/** A name that is a path would leave the folder: no repository can have it. */
function nameOf({ name, version }: ModelName): ReleaseName {
  const parsed = ReleaseName.safeParse({ name, version });
  if (parsed.success) return parsed.data;
  throw new ModelRefusedError(
    "unknown-version",
    `${JSON.stringify(`${name} ${version}`.slice(0, 130))} is no model's name and version`,
  );
}

function parsedTarget<T>({ path }: TargetFile, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof InputError)) throw cause;
    throw new ModelRefusedError("malformed", `Signed, but not as it should be: ${cause.message || path}`, { cause });
  }
}

async function removeOthers(folder: string, kept: ReadonlySet<string>): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (!kept.has(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function isTarget(path: string, target: TargetFile): Promise<boolean> {
  const size = await stat(path).then(
    (found) => (found.isFile() ? found.size : -1),
    () => -1,
  );
  if (size !== target.length) return false;
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex") === target.hashes.sha256;
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Share of the bundle's bytes that are there. */
class Progress {
  readonly #tell: (share: number) => void;
  #expected = 0;
  #there = 0;

  constructor(tell: (share: number) => void) {
    this.#tell = tell;
  }

  expect(bytes: number): void {
    this.#expected = bytes;
    this.#there = 0;
  }

  came(bytes: number): void {
    if (this.#expected === 0) return;
    this.#there += bytes;
    this.#tell(Math.min(1, this.#there / this.#expected));
  }

  done(): void {
    this.#tell(1);
  }
}
