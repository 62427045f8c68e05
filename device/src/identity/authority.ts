/** Which certificate authority this box trusts for its cloud: the configured one, the one with the configured fingerprint, or the claim's. */
import { createHash, type X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { join } from "node:path";
import { InputError, UnavailableError } from "@tactus/shared";
import { readIfThere, writeWholeFile } from "../whole-file.js";
import { certificatesIn } from "./trusted-socket.js";

export interface AuthorityOptions {
  stateDir: string;
  /** The cloud's address; absent = only MQTT is known. */
  httpUrl: string | undefined;
  /** Configured: a file. */
  caFile: string | undefined;
  /** Configured: SHA-256 of the certificate, hexadecimal with or without colons. */
  caFingerprint: string | undefined;
  /** From the claim. */
  claimed: string | undefined;
}

const MAX_BYTES = 64 * 1024;
const FETCH_WITHIN_MS = 15_000;

/** PEM; undefined = what the system trusts. Throws InputError for a wrong file, UnavailableError while it cannot be fetched. */
export async function findAuthority(options: AuthorityOptions): Promise<string | undefined> {
  const { stateDir, httpUrl, caFile, caFingerprint, claimed } = options;
  if (caFile !== undefined) return readAuthority(caFile);
  if (caFingerprint === undefined) return claimed;
  const path = join(stateDir, "cloud-ca.pem");
  const kept = await readIfThere(path);
  for (const pem of [kept, claimed]) if (pem !== undefined && hasFingerprint(pem, caFingerprint)) return pem;
  if (httpUrl === undefined)
    throw new InputError("cloud.caFingerprint needs cloud.httpUrl, or put the file in cloud.ca");
  const pem = await fetchUnchecked(new URL("/api/v1/ca.pem", httpUrl));
  if (!hasFingerprint(pem, caFingerprint)) {
    throw new UnavailableError(`The authority that ${httpUrl} shows is not the one of cloud.caFingerprint`);
  }
  await writeWholeFile(path, pem);
  return pem;
}

async function readAuthority(file: string): Promise<string> {
  let pem: string;
  try {
    pem = await readFile(file, "utf8");
  } catch (cause) {
    throw new InputError(`cloud.ca ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  certificatesIn(pem);
  return pem;
}

/** One certificate, and it is that one. */
export function hasFingerprint(pem: string, fingerprint: string): boolean {
  try {
    const [only, ...more] = certificatesIn(pem);
    const wanted = fingerprint.replaceAll(":", "").toLowerCase();
    return more.length === 0 && only !== undefined && fingerprintOf(only) === wanted;
  } catch {
    return false;
  }
}

const fingerprintOf = ({ raw }: X509Certificate): string => createHash("sha256").update(raw).digest("hex");

async function bounded(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > MAX_BYTES) throw new Error(`the answer is longer than ${MAX_BYTES} bytes`);
    all.push(piece);
  }
  return Buffer.concat(all);
}

/** From whoever answers there: the fingerprint tells whether it was the cloud. */
async function fetchUnchecked(url: URL): Promise<string> {
  try {
    const bytes = await new Promise<Buffer>((resolve, reject) => {
      const request = (url.protocol === "https:" ? requestTls : requestPlain)(
        url,
        { agent: false, rejectUnauthorized: false, timeout: FETCH_WITHIN_MS },
        (response) => {
          if (response.statusCode !== 200) response.destroy(new Error(`it answers ${response.statusCode}`));
          bounded(response).then(resolve, reject);
        },
      );
      request.once("timeout", () => request.destroy(new Error(`nothing within ${FETCH_WITHIN_MS} ms`)));
      request.once("error", reject);
      request.end();
    });
    return bytes.toString("utf8");
  } catch (cause) {
    throw new UnavailableError(`The authority at ${url} cannot be had: ${(cause as Error).message}`, { cause });
  }
}
