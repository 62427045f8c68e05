/** A repository made by `tactus models`, its keys in an attacker's hands, and a web server that says what the attacker wants. */
import { execFile } from "node:child_process";
import {
  createDecipheriv,
  createHash,
  createPrivateKey,
  type KeyObject,
  randomBytes,
  scryptSync,
  sign,
} from "node:crypto";
import { once } from "node:events";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { BIN } from "./device-under-test.js";

export type Role = "root" | "targets" | "snapshot" | "timestamp";
// Signed metadata is whatever an attacker writes.
// biome-ignore lint/suspicious/noExplicitAny: attacks put in what no type allows
export type Signed = any;

export interface Key {
  id: string;
  key: KeyObject;
}

const PASSPHRASE = "for tests only";
const run = promisify(execFile);

/** `tactus models …`; rejects with what it said on standard error. */
export async function tactusModels(...args: string[]): Promise<string> {
  const env = { ...process.env, TACTUS_KEY_PASSPHRASE: PASSPHRASE };
  const { stdout } = await run(process.execPath, [BIN, "models", ...args], { env });
  return stdout;
}

/** A bundle as rollouts want it, of bytes that mean nothing. */
export async function writeBundle(dir: string, version: string, extra: Record<string, unknown> = {}): Promise<void> {
  await mkdir(dir, { recursive: true });
  const [model, clip] = [randomBytes(60_000), randomBytes(9_000)];
  const beats = [0.5, 1, 1.5, 2].map((time, index) => ({ time, beatInBar: index + 1 }));
  const bundled = new URL("../../models/artifacts/beat/manifest.json", import.meta.url);
  const manifest = {
    ...JSON.parse(await readFile(bundled, "utf8")),
    version,
    file: "beat.onnx",
    sha256: sha256(model),
    bytes: model.length,
    golden: {
      ...{ file: "clip.wav", sha256: sha256(clip), bytes: clip.length, seconds: 3, beats },
      ...{ toleranceMs: 20, minAgreement: 0.9, hopBudgetMs: 10 },
    },
    ...extra,
  };
  await writeFile(join(dir, "beat.onnx"), model);
  await writeFile(join(dir, "clip.wav"), clip);
  await writeFile(join(dir, "manifest.json"), JSON.stringify(manifest));
}

/** Versions 1.0.0 to 1.2.0 signed, and 0.9.0 below the floor, 1.1.0 revoked. Two of three root keys, two targets keys. */
export async function makeRepository(dir: string): Promise<void> {
  const place = ["--keys", join(dir, "keys"), "--repo", join(dir, "repo")];
  await tactusModels("init", ...place, "--targets-keys", "2", "--targets-threshold", "2");
  for (const version of ["0.9.0", "1.0.0", "1.1.0", "1.2.0"]) {
    await writeBundle(join(dir, version), version);
    await tactusModels("sign", join(dir, version), ...place);
  }
  await tactusModels("floor", "tactus-beat", "1.0.0", ...place);
  await tactusModels("revoke", "tactus-beat", "1.1.0", "--reason", "flips octaves", ...place);
}

/** The files of a repository in memory, and every key of it. */
export class Forge {
  readonly files = new Map<string, Buffer>();
  readonly keys: Record<Role, Key[]> = { root: [], targets: [], snapshot: [], timestamp: [] };

  static async open(dir: string): Promise<Forge> {
    const forge = new Forge();
    const names = await readdir(join(dir, "repo"), { recursive: true, withFileTypes: true });
    for (const entry of names.filter((one) => one.isFile())) {
      const path = join(entry.parentPath, entry.name);
      forge.files.set(path.slice(join(dir, "repo").length + 1), await readFile(path));
    }
    for (const name of await readdir(join(dir, "keys"))) {
      const file = JSON.parse(await readFile(join(dir, "keys", name), "utf8"));
      forge.keys[file.role as Role].push({ id: file.keyId, key: openKey(file) });
    }
    return forge;
  }

  copy(): Forge {
    const forge = new Forge();
    for (const [path, content] of this.files) forge.files.set(path, content);
    Object.assign(forge.keys, this.keys);
    return forge;
  }

  version(role: Role): number {
    if (role === "timestamp") return this.signed("timestamp").version;
    const found = [...this.files.keys()].map(
      (path) => new RegExp(`^metadata/(\\d+)\\.${role}\\.json$`).exec(path)?.[1],
    );
    return Math.max(...found.map((digits) => Number(digits ?? 0)));
  }

  /** What is signed in the newest file of the role. */
  signed(role: Role): Signed {
    return JSON.parse((this.files.get(this.fileOf(role)) as Buffer).toString("utf8")).signed;
  }

  fileOf(role: Role, version?: number): string {
    return role === "timestamp" ? "metadata/timestamp.json" : `metadata/${version ?? this.version(role)}.${role}.json`;
  }

  /** Signs with these keys (the role's own, as far as nothing is said) and puts it where clients look. */
  write(role: Role, signed: Signed, keys: readonly Key[] = this.keys[role]): Buffer {
    const bytes = Buffer.from(canonical(signed));
    const signatures = keys.map(({ id, key }) => ({ keyid: id, sig: sign(null, bytes, key).toString("hex") }));
    const content = Buffer.from(JSON.stringify({ signatures, signed }));
    this.files.set(this.fileOf(role, signed.version), content);
    return content;
  }

  /** A target's file and its entry. */
  target(path: string, content: Buffer, custom?: object): [string, object] {
    const hash = sha256(content);
    const slash = path.lastIndexOf("/") + 1;
    this.files.set(`targets/${path.slice(0, slash)}${hash}.${path.slice(slash)}`, content);
    return [path, { length: content.length, hashes: { sha256: hash }, ...(custom ? { custom } : {}) }];
  }

  /** The next set: each edit changes what its role signs; what refers to it follows. */
  release(edits: Partial<Record<"targets" | "snapshot" | "timestamp", (signed: Signed) => void>> = {}): void {
    const targets = this.#next("targets", edits.targets);
    const metaOf = (content: Buffer, { version }: Signed) => ({
      version,
      length: content.length,
      hashes: { sha256: sha256(content) },
    });
    const snapshot = this.#next("snapshot", (signed) => {
      signed.meta = { "targets.json": metaOf(targets.content, targets.signed) };
      edits.snapshot?.(signed);
    });
    this.#next("timestamp", (signed) => {
      signed.meta = { "snapshot.json": metaOf(snapshot.content, snapshot.signed) };
      edits.timestamp?.(signed);
    });
  }

  #next(role: Role, edit?: (signed: Signed) => void): { content: Buffer; signed: Signed } {
    const signed = this.signed(role);
    signed.version += 1;
    edit?.(signed);
    return { content: this.write(role, signed), signed };
  }
}

/** True = it has answered. */
export type Trick = (path: string, response: ServerResponse, request: IncomingMessage) => boolean;

/** Serves a forge's files as the cloud does; `trick` may answer first. */
export class RepositoryServer {
  forge: Forge;
  trick: Trick | undefined;
  url = "";
  readonly asked: string[] = [];
  readonly #server = createServer((request, response) => this.#answer(request, response));

  constructor(forge: Forge) {
    this.forge = forge;
  }

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(request.url ?? "").replace("/api/v1/tuf/", "");
    this.asked.push(path);
    if (this.trick?.(path, response, request)) return;
    const content = this.forge.files.get(path);
    if (!content) {
      response.writeHead(404).end();
      return;
    }
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const range = `bytes ${from}-${content.length - 1}/${content.length}`;
    response.writeHead(from > 0 ? 206 : 200, from > 0 ? { "content-range": range } : {}).end(content.subarray(from));
  }
}

export async function copyFolder(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
}

export const sha256 = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");

/** OLPC canonical JSON, as far as these documents need it: sorted names, no space. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join(",")}}`;
}

function openKey({ role, keyId, kdf, cipher, sealed }: Signed): KeyObject {
  const secret = scryptSync(PASSPHRASE, Buffer.from(kdf.salt, "base64"), 32, {
    N: kdf.n,
    r: 8,
    p: 1,
    maxmem: 256 * 8 * kdf.n,
  });
  const opened = createDecipheriv("aes-256-gcm", secret, Buffer.from(cipher.iv, "base64"));
  opened.setAAD(Buffer.from(`${role} ${keyId}`));
  opened.setAuthTag(Buffer.from(cipher.tag, "base64"));
  const der = Buffer.concat([opened.update(Buffer.from(sealed, "base64")), opened.final()]);
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
}
