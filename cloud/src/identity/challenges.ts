/** Words that a box must sign: made here, good for two minutes and once, so that a recorded signature opens nothing. */
import { createHmac, randomBytes } from "node:crypto";
import { sameSecret } from "../secrets.js";

const GOOD_FOR_US = 120_000_000;
/** Used ones remembered until their time is over. */
const MAX_USED = 100_000;

export class Challenges {
  readonly #key = randomBytes(32);
  /** Used challenge -> end of its time; in order of use. */
  readonly #used = new Map<string, number>();

  make(nowUs: number): string {
    const text = `${(nowUs + GOOD_FOR_US).toString(36)}.${randomBytes(12).toString("base64url")}`;
    return `${text}.${this.#seal(text)}`;
  }

  /** True once for each; false for a forged, late or used one. */
  spend(challenge: string, nowUs: number): boolean {
    const cut = challenge.lastIndexOf(".");
    const [text, seal] = [challenge.slice(0, cut), challenge.slice(cut + 1)];
    if (cut < 0 || !sameSecret(seal, this.#seal(text))) return false;
    const endsUs = Number.parseInt(text, 36); // up to the dot
    if (!(endsUs > nowUs && endsUs <= nowUs + GOOD_FOR_US) || this.#used.has(challenge)) return false;
    this.#forgetOld(nowUs);
    if (this.#used.size >= MAX_USED) return false;
    this.#used.set(challenge, endsUs);
    return true;
  }

  #forgetOld(nowUs: number): void {
    for (const [challenge, endsUs] of this.#used) {
      if (endsUs > nowUs) break;
      this.#used.delete(challenge);
    }
  }

  #seal(text: string): string {
    return createHmac("sha256", this.#key).update(text).digest("base64url");
  }
}
