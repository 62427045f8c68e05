/** A box's public key into the short form that a person compares or writes down. */
import { createHash } from "node:crypto";

/** SHA-256 of the raw key, hexadecimal. `publicKey`: base64url. */
export function fingerprintOf(publicKey: string): string {
  return createHash("sha256").update(Buffer.from(publicKey, "base64url")).digest("hex");
}
