/** The certificate authority in the cloud's data directory: made once by `tactus cloud init`, vouches for this server from then on. */
import { X509Certificate } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { InputError } from "@tactus/shared";
import { type CertifiedKey, makeAuthority, makeServerCertificate } from "./certificates.js";

const DAY_MS = 86_400_000;
const SERVER_DAYS = 90;
/** Renewed when so much of its time is left. */
const RENEW_BEFORE_MS = 30 * DAY_MS;
const HOST = /^(?=.{1,253}$)(\*\.)?[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9]([a-z0-9-]{0,62}))*$/i;

export interface OwnTls {
  server: CertifiedKey;
  /** Of the authority, PEM. */
  ca: string;
}

/** Makes what is missing in `<dataDir>/tls`; an authority that is there stays. Throws InputError for names that are none. */
export async function initOwnTls(dataDir: string, hosts: readonly string[], now = new Date()): Promise<OwnTls> {
  const wrong = hosts.find((host) => !isIP(host) && !HOST.test(host));
  if (wrong !== undefined) throw new InputError(`"${wrong}" is no host name and no address`);
  const folder = join(dataDir, "tls");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const authority = (await readPair(folder, "ca")) ?? (await writePair(folder, "ca", await makeAuthority(now)));
  const names = [...new Set([...hosts, hostname().toLowerCase(), "localhost", "127.0.0.1", "::1"])];
  return { server: await renewed(folder, authority, names, now), ca: authority.cert };
}

/** The pair in `<dataDir>/tls`, with a new server certificate for the same names where its time comes to an end. */
export async function openOwnTls(dataDir: string, now = new Date()): Promise<OwnTls> {
  const folder = join(dataDir, "tls");
  const authority = await readPair(folder, "ca");
  const server = await readPair(folder, "server");
  if (!authority || !server) {
    throw new InputError(`There is no certificate in ${folder}: run tactus cloud init --data-dir ${dataDir} first`);
  }
  const { validTo, subjectAltName = "" } = new X509Certificate(server.cert);
  if (Date.parse(validTo) - now.getTime() > RENEW_BEFORE_MS) return { server, ca: authority.cert };
  const names = subjectAltName.split(", ").map((one) => one.replace(/^(DNS|IP Address):/, ""));
  return { server: await renewed(folder, authority, names, now), ca: authority.cert };
}

/** SHA-256 of the certificate, "AB:CD:…": what a box is told. */
export function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256;
}

async function renewed(folder: string, authority: CertifiedKey, hosts: string[], now: Date): Promise<CertifiedKey> {
  const notAfter = new Date(now.getTime() + SERVER_DAYS * DAY_MS);
  return writePair(folder, "server", await makeServerCertificate({ authority, hosts, notAfter }));
}

/** One file for both, so that power may go at any moment and a key has its certificate. */
async function writePair(folder: string, name: string, pair: CertifiedKey): Promise<CertifiedKey> {
  await writeWhole(join(folder, `${name}.pem`), pair.key + pair.cert);
  if (name === "ca") await writeWhole(join(folder, "ca-cert.pem"), pair.cert); // for people to copy
  return pair;
}

async function readPair(folder: string, name: string): Promise<CertifiedKey | undefined> {
  const path = join(folder, `${name}.pem`);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new InputError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  const [key] = text.match(/-----BEGIN PRIVATE KEY-----[\s\S]+?-----END PRIVATE KEY-----\n?/) ?? [];
  const [cert] = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----\n?/) ?? [];
  if (key === undefined || cert === undefined) throw new InputError(`${path} lacks its key or its certificate`);
  return { key, cert };
}

async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}
