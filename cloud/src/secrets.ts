/** Secrets that the cloud makes for itself at its first start and keeps in its data directory. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { link, readFile, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "@tactus/shared";

/** The secret in `<dataDir>/<name>`, made (192 random bits, readable by the owner only) when it is not there. */
export async function loadOrMakeSecret(dataDir: string, name: string): Promise<string> {
  const path = join(dataDir, name);
  const secret = (await readIfThere(path)) ?? (await makeSecret(path));
  if (secret.length < 16) {
    throw new InputError(
      `Secret ${path} has ${secret.length} characters, at least 16 are needed: delete it for a new one`,
    );
  }
  return secret;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
}

/** A link is made at once or not at all: nobody reads half a secret, and of two makers one wins. */
async function makeSecret(path: string): Promise<string> {
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  await writeFile(draft, `${randomBytes(24).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
  try {
    await link(draft, path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
  } finally {
    await unlink(draft);
  }
  return (await readFile(path, "utf8")).trim();
}

/** Compares without telling by its duration where the two differ. */
export function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(sha256(given), sha256(expected));
}

/** Secrets are random and long, so that one round of SHA-256 is enough to store them by. */
export function hashSecret(secret: string): string {
  return sha256(secret).toString("hex");
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
