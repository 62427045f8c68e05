/** User name and password of a CONNECT into a role, or into a refusal. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Role } from "./access-rules.js";
import { AttemptLimiter } from "./attempt-limiter.js";

export interface Login {
  username: string;
  password: string;
}

export interface AuthenticatorOptions {
  publicRead: boolean;
  /** Password of the user "pairing". */
  pairingCode: string;
  credentials: readonly Login[];
  /** Our own agent. */
  internal: Login;
}

export type Verdict = { role: Role } | { refused: "not-authorized" | "bad-login" | "try-later" };

export class Authenticator {
  #publicRead: boolean;
  readonly #logins: { login: Login; role: Role }[];
  readonly #limiter = new AttemptLimiter();

  constructor(options: AuthenticatorOptions) {
    this.#publicRead = options.publicRead;
    this.#logins = [
      { login: options.internal, role: "internal" },
      { login: { username: "pairing", password: options.pairingCode }, role: "paired" },
      ...options.credentials.map((login) => ({ login, role: "paired" as const })),
    ];
  }

  /** May anyone on the venue's network come in to read, from now on? */
  openToAll(publicRead: boolean): void {
    this.#publicRead = publicRead;
  }

  /** `now`: monotonic seconds. */
  judge(claim: { username?: string; password?: string; address: string }, now: number): Verdict {
    if (!claim.username) return this.#publicRead ? { role: "anyone" } : { refused: "not-authorized" };
    const known = this.#logins.find(({ login }) => login.username === claim.username);
    // Our own agent logs in by a secret nobody can guess: the pause of others on 127.0.0.1 is not its concern.
    if (known?.role !== "internal" && this.#limiter.isPaused(claim.address, now)) return { refused: "try-later" };
    if (known && sameSecret(known.login.password, claim.password ?? "")) return { role: known.role };
    this.#limiter.failed(claim.address, now);
    return { refused: "bad-login" };
  }
}

/** Takes the same time whatever differs. */
function sameSecret(expected: string, given: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(expected), digest(given));
}
