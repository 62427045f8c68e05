/** A code that people read from this box and type into the cloud's page: new each time. */
import { createHash, randomInt } from "node:crypto";
import { CODE_ALPHABET, codeText } from "@tactus/shared";

/** "ABCD-EFGH": 40 random bits. */
export function newClaimCode(): string {
  const letters = Array.from({ length: 8 }, () => CODE_ALPHABET[randomInt(CODE_ALPHABET.length)]);
  return `${letters.slice(0, 4).join("")}-${letters.slice(4).join("")}`;
}

/** What the cloud is told of it; bound to the key, so that the code claims this box and no other. */
export function hashOfCode(code: string, publicKey: string): string {
  return createHash("sha256").update(codeText(code, publicKey)).digest("hex");
}
