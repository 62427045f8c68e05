/** Publications into the versions a rollout may choose, and the files that boxes fetch. */
import { readFile } from "node:fs/promises";
import { compareVersions, InputError, type ModelManifest, type ReleaseName } from "@tactus/shared";
import type { Audit } from "../audit/audit.js";
import type { Log } from "../log.js";
import type { FleetStore } from "../store/fleet-store.js";
import type { ArtifactStore } from "./artifact-store.js";
import { MAX_METADATA, type Publication, type PublishAnswer } from "./publication.js";
import { PublishedSet, trustedIn } from "./published-set.js";
import type { ModelDetail, ModelVersion, SignedModels } from "./registry.js";
import type { RegistryChange, StoredVersion, VersionState } from "./registry-tables.js";
import { listedFile, type Release, type ReleaseList, readReleases } from "./release-list.js";
import { SetRefusedError, targetsOf, type VerifiedSet, verifySet } from "./tuf-set.js";

/** Uploads of a publication that is still under way have this long, milliseconds. */
const UNREFERENCED_MS = 24 * 3600 * 1000;

export interface ModelRegistryOptions {
  fleet: Pick<FleetStore, "registry">;
  artifacts: ArtifactStore;
  audit: Audit;
  log: Log;
  now(): number;
  /** The root to begin with; undefined = the first publication is trusted. */
  rootFile: string | undefined;
}

export class ModelRegistry implements SignedModels {
  readonly #options: ModelRegistryOptions;
  #published = new PublishedSet([]);
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: ModelRegistryOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { artifacts, fleet, rootFile } = this.#options;
    await artifacts.start();
    this.#published = new PublishedSet(await fleet.registry.metadata());
    if (rootFile !== undefined) await readRoot(rootFile);
    await this.#collect();
  }

  /** What is served: metadata by file name, targets by their consistent path. */
  get published(): PublishedSet {
    return this.#published;
  }

  root(): string | undefined {
    return this.#published.root;
  }

  async list(): Promise<ModelVersion[]> {
    const versions = await this.#options.fleet.registry.list();
    return versions.sort((a, b) => a.name.localeCompare(b.name) || compareVersions(b.version, a.version));
  }

  async signed(name: string): Promise<ModelVersion[]> {
    return (await this.list()).filter((model) => model.name === name && model.state === "published");
  }

  async detail({ name, version }: ReleaseName): Promise<ModelDetail | undefined> {
    const stored = await this.#options.fleet.registry.get(name, version);
    if (!stored) return undefined;
    const manifest = JSON.parse(stored.manifest) as ModelManifest;
    return { ...stored, manifest, lineage: manifest.lineage ?? null };
  }

  /** One at a time. Throws SetRefusedError for what a device would refuse too, and the reason is in the audit log. */
  publish(publication: Publication, by: string): Promise<PublishAnswer> {
    const next = this.#queue.then(() => this.#publish(publication, by));
    this.#queue = next.catch(() => {});
    return next;
  }

  async #publish(publication: Publication, by: string): Promise<PublishAnswer> {
    const { artifacts, audit } = this.#options;
    try {
      const set = await this.#verified(publication);
      const files = targetsOf(set).map(listedFile);
      const wanted = [...new Map(files.map((file) => [file.sha256, file])).values()];
      const present = await Promise.all(wanted.map(({ sha256, bytes }) => artifacts.has(sha256, bytes)));
      const missing = wanted.filter((_file, index) => !present[index]);
      if (missing.length > 0) {
        return { state: "incomplete", missing: missing.map(({ sha256, bytes }) => ({ sha256, bytes })) };
      }
      const list = await readReleases(targetsOf(set), (sha256) => artifacts.read(sha256));
      return await this.#accept({ publication, set, list, by });
    } catch (error) {
      if (error instanceof SetRefusedError) {
        await audit({ by, action: "models.refused", subject: error.reason, detail: { message: error.message } });
      }
      throw error;
    }
  }

  async #verified(publication: Publication): Promise<VerifiedSet> {
    const { rootFile, now } = this.#options;
    const bytes = (text: string) => Buffer.from(text, "utf8");
    const set = {
      timestamp: bytes(publication.timestamp),
      snapshot: bytes(publication.snapshot),
      targets: bytes(publication.targets),
    };
    const first = rootFile === undefined ? publication.roots[0] : (await readRoot(rootFile)).toString("utf8");
    const trusted = trustedIn(this.#published, first);
    const verified = verifySet({
      trusted,
      roots: publication.roots.map(bytes),
      set,
      now: new Date(now() / 1000),
    });
    this.#published.refuseTwin(verified, publication);
    return verified;
  }

  async #accept(offer: {
    publication: Publication;
    set: VerifiedSet;
    list: ReleaseList;
    by: string;
  }): Promise<PublishAnswer> {
    const { publication, set, list, by } = offer;
    const { fleet, audit, log, now } = this.#options;
    const atUs = now();
    const known = await fleet.registry.list();
    const added = list.releases.filter(({ name }) => !known.some((model) => isSame(model, name)));
    const states = known.map((model) => stateOf(model, list)).filter((state, index) => differs(state, known[index]));
    const { metadata, dropped } = this.#published.after(set, publication);
    const withdrawn = states.filter(({ state }) => state !== "published").map(labelOf);
    const versions = versionsOf(set);
    const answer = { state: "published" as const, versions, added: added.map(({ name }) => labelOf(name)), withdrawn };
    const isMoved = versions.targets !== this.#published.targetsVersion;
    await audit({
      by,
      action: isMoved ? "models.publish" : "models.renew",
      subject: `targets ${versions.targets}`,
      detail: answer,
    });
    const stored = added.map((release) => storedVersion(release, { by, atUs }));
    const change: RegistryChange = { metadata, dropped, added: stored, states, atUs };
    await fleet.registry.commit(change);
    this.#published = new PublishedSet(await fleet.registry.metadata());
    log.info(answer, "Models published");
    await this.#collect();
    return answer;
  }

  async #collect(): Promise<void> {
    const referenced = this.#published.artifacts();
    await this.#options.artifacts.collect({ referenced, olderThanMs: UNREFERENCED_MS });
  }
}

async function readRoot(file: string): Promise<Buffer> {
  try {
    const content = await readFile(file);
    if (content.length <= MAX_METADATA.root) return content;
    throw new Error(`${content.length} bytes, at most ${MAX_METADATA.root}`);
  } catch (cause) {
    throw new InputError(`models.rootFile ${file} cannot be used: ${(cause as Error).message}`, { cause });
  }
}

function stateOf({ name, version }: ModelVersion, { releases, policies }: ReleaseList): VersionState {
  const policy = policies.get(name);
  const revoked = policy?.revoked.find((one) => one.version === version);
  if (revoked) return { name, version, state: "revoked", reason: revoked.reason };
  if (releases.some((release) => isSame(release.name, { name, version }))) {
    return { name, version, state: "published", reason: "" };
  }
  if (policy && compareVersions(version, policy.floor) < 0) {
    return { name, version, state: "below-floor", reason: `The floor is ${policy.floor}` };
  }
  return { name, version, state: "withdrawn", reason: "" };
}

function storedVersion(release: Release, { by, atUs }: { by: string; atUs: number }): StoredVersion {
  const { name, files, manifest, card } = release;
  return {
    ...name,
    state: "published",
    reason: "",
    sha256: files[0]?.sha256 ?? "",
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    publishedAtUs: atUs,
    publishedBy: by,
    manifest: JSON.stringify(manifest),
    card,
    files: files.map(({ file, sha256, bytes }) => ({ file, sha256, bytes })),
  };
}

function versionsOf({ root, timestamp, snapshot, targets }: VerifiedSet) {
  return {
    root: root.signed.version,
    timestamp: timestamp.signed.version,
    snapshot: snapshot.signed.version,
    targets: targets.signed.version,
  };
}

const isSame = (a: ReleaseName, b: ReleaseName): boolean => a.name === b.name && a.version === b.version;
const differs = (a: VersionState, b: ModelVersion | undefined): boolean =>
  a.state !== b?.state || a.reason !== b.reason;
const labelOf = ({ name, version }: ReleaseName): string => `${name} ${version}`;
