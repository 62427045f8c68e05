/** Downloads of the TUF client: bounded in length, not slower than a floor, taken up again where they broke off. */
import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { UnavailableError } from "@tactus/shared";
import type { Fetcher } from "tuf-js";
import { DownloadHTTPError } from "tuf-js/dist/error.js";
import type { ModelTransport } from "./model-transport.js";
import { ModelRefusedError } from "./tuf-refusal.js";

export interface TufFetcherOptions {
  transport: ModelTransport;
  signal: AbortSignal;
  /** Where downloads that have broken off wait, by the hash in their name. */
  partsFolder: string;
  /** Nothing for this long ends a download, milliseconds. */
  stallMs: number;
  /** Fewer bytes a second than this, once `graceMs` have passed, end it too. */
  minBytesPerS: number;
  graceMs: number;
  /** Bytes that came in, as they come. */
  onBytes(count: number): void;
}

const EXPIRES = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

export class TufFetcher implements Fetcher {
  readonly #options: TufFetcherOptions;
  /** tuf-js keeps only the text of what went wrong: this is the error itself. */
  failure: Error | undefined;

  constructor(options: TufFetcherOptions) {
    this.#options = options;
  }

  get signal(): AbortSignal {
    return this.#options.signal;
  }

  /** Metadata: whole in memory, and at least what tuf-js takes for granted about it. */
  async downloadBytes(url: string, maxLength: number): Promise<Buffer> {
    return this.#remember(async () => {
      const chunks: Uint8Array[] = [];
      await this.#download(url, { maxLength, offset: 0, take: async (chunk) => void chunks.push(chunk) });
      const bytes = Buffer.concat(chunks);
      requireShape(bytes);
      return bytes;
    });
  }

  /** A target, into a file that outlives a broken connection, a restart and a power cut. */
  async downloadFile<T>(url: string, maxLength: number, handler: (file: string) => Promise<T>): Promise<T> {
    const { partsFolder } = this.#options;
    await mkdir(partsFolder, { recursive: true, mode: 0o700 });
    const part = join(partsFolder, createHash("sha256").update(url).digest("hex"));
    const isResumed = await this.#remember(() => this.#downloadPart(url, part, maxLength));
    try {
      return await handler(part);
    } catch (error) {
      if (!isResumed) throw error;
    } finally {
      // Right or wrong, it is not needed any more: what is wrong must not be built upon.
      await rm(part, { force: true });
    }
    return this.downloadFile(url, maxLength, handler);
  }

  /** True when the file began with bytes of an earlier download: if it is wrong, it may be these that are. */
  async #downloadPart(url: string, part: string, maxLength: number): Promise<boolean> {
    const there = await stat(part).then(
      ({ size }) => size,
      () => 0,
    );
    if (there === maxLength && there > 0) return true;
    if (there > maxLength) await rm(part, { force: true });
    const file = await open(part, "a", 0o600);
    try {
      const offset = there > maxLength ? 0 : there;
      this.#options.onBytes(offset);
      await this.#download(url, {
        maxLength,
        offset,
        take: (chunk) => file.appendFile(chunk),
        restart: () => this.#restart(file, offset),
      });
      await file.sync();
      return offset > 0;
    } catch (error) {
      await file.sync().catch(() => {});
      if (error instanceof ModelRefusedError && error.refusal === "endless-data") await rm(part, { force: true });
      throw error;
    } finally {
      await file.close();
    }
  }

  /** The server sends it from the beginning. */
  async #restart(file: FileHandle, offset: number): Promise<void> {
    await file.truncate(0);
    this.#options.onBytes(-offset);
  }

  async #download(url: string, { maxLength, offset, take, restart }: Download): Promise<void> {
    const { transport, signal } = this.#options;
    const watch = new PaceWatch(this.#options);
    const { pathname } = new URL(url);
    try {
      const headers: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-` } : {};
      const both = AbortSignal.any([signal, watch.signal]);
      const { status, headers: answered, body } = await transport(pathname, { headers, signal: both });
      if (status !== 200 && !(status === 206 && offset > 0)) throw statusError(status, pathname);
      let length = status === 206 ? offset : 0;
      if (status === 206 && !continues(answered, offset)) throw new UnavailableError(`${pathname}: another range came`);
      if (status === 200 && offset > 0) await restart?.();
      for await (const chunk of body) {
        length += chunk.length;
        // Client workflow 5.3.3 and its like: never more than the bound, whatever the other side sends.
        if (length > maxLength)
          throw new ModelRefusedError("endless-data", `${pathname} is longer than ${maxLength} bytes`);
        watch.saw(chunk.length);
        this.#options.onBytes(chunk.length);
        await take(chunk);
      }
    } catch (error) {
      throw watch.reason ?? errorOf(error, pathname, signal);
    } finally {
      watch.end();
    }
  }

  async #remember<T>(download: () => Promise<T>): Promise<T> {
    try {
      return await download();
    } catch (error) {
      // 403 and 404 are how tuf-js learns that there is no newer root.
      if (!(error instanceof DownloadHTTPError)) this.failure = error as Error;
      throw error;
    }
  }
}

interface Download {
  maxLength: number;
  /** Bytes that are there already. */
  offset: number;
  take(chunk: Uint8Array): Promise<void>;
  restart?(): Promise<void>;
}

/** Ends a download that is fed drop by drop: it would hold the box up for ever without ever failing. */
class PaceWatch {
  readonly #options: Pick<TufFetcherOptions, "stallMs" | "minBytesPerS" | "graceMs">;
  readonly #abort = new AbortController();
  readonly #begunAt = performance.now();
  #timer: NodeJS.Timeout;
  #bytes = 0;
  reason: UnavailableError | undefined;

  constructor(options: Pick<TufFetcherOptions, "stallMs" | "minBytesPerS" | "graceMs">) {
    this.#options = options;
    this.#timer = this.#arm();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  saw(bytes: number): void {
    this.#bytes += bytes;
    clearTimeout(this.#timer);
    this.#timer = this.#arm();
    const { graceMs, minBytesPerS } = this.#options;
    const tookMs = performance.now() - this.#begunAt;
    const rate = this.#bytes / (tookMs / 1000);
    if (tookMs > graceMs && rate < minBytesPerS)
      this.#stop(`${Math.round(rate)} bytes/s, at least ${minBytesPerS} are asked for`);
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #arm(): NodeJS.Timeout {
    const { stallMs } = this.#options;
    return setTimeout(() => this.#stop(`nothing for ${stallMs / 1000} s`), stallMs);
  }

  #stop(what: string): void {
    this.reason = new UnavailableError(`slow-retrieval: the repository sends ${what}`);
    this.#abort.abort(this.reason);
  }
}

function statusError(status: number, path: string): Error {
  if (status === 403 || status === 404) return new DownloadHTTPError(`${path} is not there (${status})`, status);
  return new UnavailableError(`The repository answers ${status} to ${path}`);
}

function errorOf(error: unknown, path: string, signal: AbortSignal): Error {
  if (signal.aborted) return signal.reason as Error;
  const isKnown =
    error instanceof ModelRefusedError || error instanceof UnavailableError || error instanceof DownloadHTTPError;
  const { code, cause, message } = error as NodeJS.ErrnoException & { cause?: Error };
  if (isKnown || code === "ENOSPC" || code === "EDQUOT") return error as Error;
  return new UnavailableError(`${path} cannot be fetched: ${cause?.message || message}`, { cause: error });
}

function continues(headers: Headers, offset: number): boolean {
  return new RegExp(`^bytes ${offset}-`).test(headers.get("content-range") ?? "");
}

/** tuf-js takes any text for an expiry, and one that is no date never comes; versions may be fractions there. */
function requireShape(bytes: Buffer): void {
  let signed: { expires?: unknown; version?: unknown };
  try {
    ({ signed = {} } = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as {
      signed?: typeof signed;
    });
  } catch (cause) {
    throw new ModelRefusedError("malformed", `The metadata is not JSON: ${(cause as Error).message}`, { cause });
  }
  const { expires, version } = signed ?? {};
  if (typeof expires !== "string" || !EXPIRES.test(expires) || Number.isNaN(Date.parse(expires))) {
    throw new ModelRefusedError("malformed", `The expiry ${JSON.stringify(expires)?.slice(0, 80)} is no date`);
  }
  if (!Number.isSafeInteger(version) || (version as number) < 1) {
    throw new ModelRefusedError(
      "malformed",
      `The version ${JSON.stringify(version)?.slice(0, 80)} is no whole number from 1`,
    );
  }
}
