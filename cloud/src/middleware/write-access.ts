/** Who may change anything: everybody on this machine; from elsewhere only who holds the write token. */
import { UnauthorizedError } from "../problems.js";
import { sameSecret } from "../secrets.js";

/** Users and roles will take this place: routes and sockets ask nothing else. */
export class WriteAccess {
  readonly #token: string | undefined;

  /** `token` undefined: the cloud listens on loopback only, nobody else can reach it. */
  constructor(options: { token: string | undefined }) {
    this.#token = options.token;
  }

  get needsToken(): boolean {
    return this.#token !== undefined;
  }

  accepts(token: string | undefined): boolean {
    return this.#token === undefined || (token !== undefined && sameSecret(token, this.#token));
  }

  /** Throws UnauthorizedError saying where the token is. */
  require(token: string | undefined): void {
    if (this.accepts(token)) return;
    throw new UnauthorizedError(token === undefined ? "This cloud wants a token for writing" : "The token is wrong", {
      field: "Authorization",
      remedy: 'Send "Authorization: Bearer <token>" with the token in the file admin-token of the data directory',
    });
  }
}

/** The token in an Authorization header. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(header ?? "")?.[1];
}
