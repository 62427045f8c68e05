/** The configured certificate into what servers present, read again when it changes: links that are up stay up. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { InputError } from "@tactus/shared";
import { z } from "zod";
import type { Log } from "../log.js";
import type { CertifiedKey } from "./certificates.js";
import { openOwnTls } from "./own-authority.js";

export const TlsConfig = z.union([
  /** The authority that `tactus cloud init` has made. */
  z.literal("own"),
  z.strictObject({
    /** PEM files: the certificate with what leads to its authority, and its key. */
    cert: z.string().min(1),
    key: z.string().min(1),
  }),
]);
export type TlsConfig = z.infer<typeof TlsConfig>;

export interface ServerTlsOptions {
  config: TlsConfig;
  dataDir: string;
  /** How often files are looked at, milliseconds. Default a minute. */
  everyMs?: number;
  log: Log;
}

const EVERY_MS = 60_000;

export class ServerTls {
  readonly #options: ServerTlsOptions;
  readonly #listeners = new Set<(pair: CertifiedKey) => void>();
  #pair: CertifiedKey = { key: "", cert: "" };
  #ca: string | undefined;
  #stamp = "";
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ServerTlsOptions) {
    this.#options = options;
  }

  /** What is to be presented now. */
  get pair(): CertifiedKey {
    return this.#pair;
  }

  /** The own authority as PEM; undefined where certificates come from elsewhere. */
  get ca(): string | undefined {
    return this.#ca;
  }

  /** Called with every later pair. */
  onChange(listener: (pair: CertifiedKey) => void): void {
    this.#listeners.add(listener);
  }

  /** Throws InputError for files that cannot be used. */
  async start(): Promise<void> {
    await this.#load();
    const look = () =>
      this.#load().catch((error: unknown) =>
        this.#options.log.error({ reason: (error as Error).message }, "The present certificate stays in use"),
      );
    this.#timer = setInterval(() => void look(), this.#options.everyMs ?? EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #load(): Promise<void> {
    const { config, dataDir, log } = this.#options;
    const isFirst = this.#pair.key === "";
    if (config === "own") {
      const { server, ca } = await openOwnTls(dataDir);
      this.#ca = ca;
      if (server.cert === this.#pair.cert) return;
      this.#pair = server;
    } else {
      const stamp = `${await stampOf(config.cert)} ${await stampOf(config.key)}`;
      if (stamp === this.#stamp) return;
      this.#pair = await readPair(config);
      this.#stamp = stamp;
    }
    if (isFirst) return;
    log.info({ until: new X509Certificate(this.#pair.cert).validTo }, "A new certificate is in use");
    for (const listener of this.#listeners) listener(this.#pair);
  }
}

async function stampOf(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${mtimeMs}/${size}/${ino}`;
  } catch (cause) {
    throw new InputError(`tls: ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

async function readPair(files: { cert: string; key: string }): Promise<CertifiedKey> {
  const [cert, key] = await Promise.all([readFile(files.cert, "utf8"), readFile(files.key, "utf8")]);
  try {
    if (new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) return { cert, key };
  } catch (cause) {
    throw new InputError(`tls: ${files.cert} or ${files.key} is no PEM: ${(cause as Error).message}`, { cause });
  }
  throw new InputError(`tls: the key in ${files.key} is not the one of the certificate in ${files.cert}`);
}
