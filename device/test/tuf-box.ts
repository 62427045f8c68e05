/** A box's model source over a real web server with a repository that is first good, then whatever a test makes of it. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UnavailableError } from "@tactus/shared";
import { httpTransport, type ModelTransport } from "../src/update/model-transport.js";
import { TufModelSource } from "../src/update/tuf-model-source.js";
import { ModelRefusedError } from "../src/update/tuf-refusal.js";
import { Forge, makeRepository, RepositoryServer, type Signed, sha256 } from "./signed-repository.js";

export const NAME = "tactus-beat";
export const OTHER = "1.2.0";

export interface BoxOptions {
  isClockTrusted?: boolean;
  rootFiles?: string[];
  stateDir?: string;
  stallMs?: number;
  graceMs?: number;
  /** Default: plain HTTP. */
  transport?: ModelTransport;
}

/** A repository made once for a file of tests. */
export class MadeRepository {
  dir = "";
  good = new Forge();

  async start(): Promise<void> {
    this.dir = await mkdtemp(join(tmpdir(), "tactus-tuf-"));
    await makeRepository(this.dir);
    this.good = await Forge.open(this.dir);
  }

  stop(): Promise<void> {
    return rm(this.dir, { recursive: true, force: true });
  }

  /** SHA-256 by file name. */
  hashes(version: string): Promise<Record<string, string>> {
    return hashesIn(join(this.dir, version));
  }
}

/** A box and the server it asks, made anew for each test. */
export class TufBox {
  readonly #made: MadeRepository;
  readonly server: RepositoryServer;
  dir = "";

  constructor(made: MadeRepository) {
    this.#made = made;
    this.server = new RepositoryServer(made.good.copy());
  }

  async start(): Promise<void> {
    this.dir = await mkdtemp(join(tmpdir(), "tactus-box-"));
    await writeFile(join(this.dir, "root.json"), this.#made.good.files.get("metadata/1.root.json") as Buffer);
    await this.server.start();
  }

  async stop(): Promise<void> {
    this.server.stop();
    await rm(this.dir, { recursive: true, force: true });
  }

  source(options: BoxOptions = {}): TufModelSource {
    const { isClockTrusted = true, rootFiles = [join(this.dir, "root.json")] } = options;
    const { stateDir = join(this.dir, "state"), stallMs = 20_000, graceMs = 20_000 } = options;
    const limits = { stallMs, graceMs, minBytesPerS: 1000 };
    const { transport = httpTransport(this.server.url) } = options;
    return new TufModelSource({
      ...{ stateDir, rootFiles, transport, isClockTrusted: () => isClockTrusted, warn: () => {} },
      ...limits,
    });
  }

  async take(version: string, options: BoxOptions = {}): Promise<Record<string, string>> {
    const into = join(this.dir, "model");
    await this.source(options).fetch({ name: NAME, version }, into, AbortSignal.timeout(60_000), () => {});
    return this.model();
  }

  model(): Promise<Record<string, string>> {
    return hashesIn(join(this.dir, "model"));
  }

  /** "accepted", the code of the refusal, or "unavailable: …". */
  async outcome(version: string, options: BoxOptions = {}): Promise<string> {
    try {
      await this.take(version, options);
      return "accepted";
    } catch (error) {
      if (error instanceof ModelRefusedError) return error.refusal;
      if (error instanceof UnavailableError) return `unavailable: ${error.message}`;
      throw error;
    }
  }

  /** The targets that the box believes. */
  async trusted(): Promise<Signed> {
    return JSON.parse(await readFile(join(this.dir, "state/tuf/trusted/targets.json"), "utf8")).signed;
  }
}

export async function hashesIn(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder);
  return Object.fromEntries(
    await Promise.all(names.sort().map(async (name) => [name, sha256(await readFile(join(folder, name)))])),
  );
}
