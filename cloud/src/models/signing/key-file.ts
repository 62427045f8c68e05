/** A signing key and its file: Ed25519, encrypted under a passphrase (scrypt, AES-256-GCM). */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  type ScryptOptions,
  scrypt,
  sign,
} from "node:crypto";
import { InputError } from "@tactus/shared";
import { z } from "zod";

export const ROLES = ["root", "targets", "snapshot", "timestamp"] as const;
export const Role = z.enum(ROLES);
export type Role = z.infer<typeof Role>;

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
const base64 = z.string().max(4096);

/** `<role>-<first digits of the key id>.key.json`. All but `sealed` is public. */
export const KeyFile = z.object({
  v: z.literal(1),
  role: Role,
  keyId: hex(32),
  publicKey: hex(32),
  madeAt: z.iso.datetime(),
  kdf: z.object({ name: z.literal("scrypt"), n: z.int().max(2 ** 20), r: z.literal(8), p: z.literal(1), salt: base64 }),
  cipher: z.object({ name: z.literal("aes-256-gcm"), iv: base64, tag: base64 }),
  sealed: base64,
});
export type KeyFile = z.infer<typeof KeyFile>;

export interface SigningKey {
  keyId: string;
  role: Role;
  /** Signature of these bytes, in hex. */
  sign(bytes: Buffer): string;
}

/** Shortest passphrase accepted for a new key, characters. */
export const MIN_PASSPHRASE = 10;
/** 64 MiB and about a fifth of a second: guessing is slow. */
const SCRYPT_N = 2 ** 16;

/** A key as TUF's root names it (metadata format 4.2); its id is the hash of exactly this. */
export function publicKeyJson(publicKey: string) {
  return { keytype: "ed25519", keyval: { public: publicKey }, scheme: "ed25519" };
}

/** Throws InputError for a passphrase that is too short. */
export async function makeKeyFile(role: Role, passphrase: string, now: Date): Promise<KeyFile> {
  if (passphrase.length < MIN_PASSPHRASE) {
    throw new InputError(
      `The passphrase of the ${role} keys has ${passphrase.length} characters, at least ${MIN_PASSPHRASE} are needed`,
    );
  }
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const publicHex = publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("hex");
  const keyId = createHash("sha256")
    .update(JSON.stringify(publicKeyJson(publicHex)))
    .digest("hex");
  const [salt, iv] = [randomBytes(16), randomBytes(12)];
  const cipher = createCipheriv("aes-256-gcm", await stretch(passphrase, salt, SCRYPT_N), iv);
  cipher.setAAD(Buffer.from(`${role} ${keyId}`));
  const sealed = Buffer.concat([cipher.update(privateKey.export({ format: "der", type: "pkcs8" })), cipher.final()]);
  return {
    v: 1,
    role,
    keyId,
    publicKey: publicHex,
    madeAt: now.toISOString(),
    kdf: { name: "scrypt", n: SCRYPT_N, r: 8, p: 1, salt: salt.toString("base64") },
    cipher: { name: "aes-256-gcm", iv: iv.toString("base64"), tag: cipher.getAuthTag().toString("base64") },
    sealed: sealed.toString("base64"),
  };
}

/** Throws InputError when the passphrase is wrong or the file was changed. */
export async function openKeyFile(file: KeyFile, passphrase: string): Promise<SigningKey> {
  const { role, keyId, kdf, cipher } = file;
  const secret = await stretch(passphrase, Buffer.from(kdf.salt, "base64"), kdf.n);
  const decipher = createDecipheriv("aes-256-gcm", secret, Buffer.from(cipher.iv, "base64"));
  decipher.setAAD(Buffer.from(`${role} ${keyId}`));
  decipher.setAuthTag(Buffer.from(cipher.tag, "base64"));
  try {
    const der = Buffer.concat([decipher.update(Buffer.from(file.sealed, "base64")), decipher.final()]);
    const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    const ours = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32).toString("hex");
    if (ours !== file.publicKey) throw new Error("public and private key do not belong together");
    return { role, keyId, sign: (bytes) => sign(null, bytes, key).toString("hex") };
  } catch (cause) {
    throw new InputError(`The ${role} key ${keyId.slice(0, 8)} cannot be opened: wrong passphrase, or a damaged file`, {
      cause,
    });
  }
}

function stretch(passphrase: string, salt: Buffer, n: number): Promise<Buffer> {
  const options: ScryptOptions = { N: n, r: 8, p: 1, maxmem: 256 * n * 8 };
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize("NFKC"), salt, 32, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
