/** Every request into who asks, and each route's "may they?" into yes or a clear no. */
import type { Context, MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import { ForbiddenError, UnauthorizedError } from "../problems.js";
import { sameSecret } from "../secrets.js";
import type { Permission, Principal } from "../users/principal.js";
import { bearerToken } from "./bearer-token.js";

export const SESSION_COOKIE = "tactus_session";

/** Who holds the secret of a session or key. */
export interface PrincipalSource {
  /** False until the first admin is made: then everybody needs an account. */
  hasAnybody(): Promise<boolean>;
  principalOf(secret: string): Promise<Principal | undefined>;
}

export interface AccessOptions {
  users: PrincipalSource;
  adminToken: string;
  /** Only this machine can reach us: until there are accounts, everybody here may see and operate. */
  isLocal: boolean;
}

interface Credentials {
  bearer?: string | undefined;
  cookie?: string | undefined;
  operator?: string | undefined;
}

export interface LastingAccess {
  principal: Principal | undefined;
  /** Throws UnauthorizedError for a token of nobody. */
  authorize(token: string): Promise<Principal>;
  /** Who they are by now: a login may be over, a role may have changed. */
  again(): Promise<Principal | undefined>;
}

const LOCAL: Principal = { kind: "local", name: "this machine", permissions: ["read", "operate"] };
const MAX_NAME = 80;

export class Access {
  readonly #options: AccessOptions;
  readonly #principals = new WeakMap<Context, Principal>();

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** Before every route. A wrong login is nobody's: routes that anyone may call still answer. */
  identify(): MiddlewareHandler {
    return async (context, next) => {
      const principal = await this.identifyBy(credentialsOf(context));
      if (principal) this.#principals.set(context, principal);
      await next();
    };
  }

  /** A WebSocket's token, too. */
  async identifyBy(given: Credentials): Promise<Principal | undefined> {
    const { users, adminToken, isLocal } = this.#options;
    const { bearer, cookie, operator } = given;
    if (bearer !== undefined) return sameSecret(bearer, adminToken) ? holderOf(operator) : users.principalOf(bearer);
    const known = cookie === undefined ? undefined : await users.principalOf(cookie);
    return known ?? (isLocal && !(await users.hasAnybody()) ? LOCAL : undefined);
  }

  /** For a connection that lasts: who opened it, and who they are once they send a token over it. */
  lasting(context: Context): LastingAccess {
    let credentials: Credentials = credentialsOf(context);
    const authorize = async (token: string): Promise<Principal> => {
      const principal = await this.identifyBy({ bearer: token });
      if (!principal) {
        throw new UnauthorizedError("The token is wrong", { field: "token", remedy: "Log in, or send an API key" });
      }
      credentials = { bearer: token };
      return principal;
    };
    return { principal: this.principalOf(context), authorize, again: () => this.identifyBy(credentials) };
  }

  principalOf(context: Context): Principal | undefined {
    return this.#principals.get(context);
  }

  /** Throws UnauthorizedError for nobody, ForbiddenError for somebody who may not. */
  require(context: Context, permission: Permission): Principal {
    return requirePermission(this.principalOf(context), permission);
  }

  /** The first admin is made from this machine, or by who holds the admin token. */
  requireBeginner(context: Context): void {
    const kind = this.principalOf(context)?.kind;
    if (kind === "local" || kind === "token") return;
    throw new UnauthorizedError("The first admin is made with the admin token", {
      field: "Authorization",
      remedy: 'Send "Authorization: Bearer <token>" with the token in the file admin-token of the data directory',
    });
  }
}

/** Throws UnauthorizedError for nobody, ForbiddenError for somebody who may not. */
export function requirePermission(principal: Principal | undefined, permission: Permission): Principal {
  if (!principal) {
    throw new UnauthorizedError("Nobody is logged in, or the login is over", {
      field: "Authorization",
      remedy: "POST /api/v1/auth/login, or send an API key as Authorization: Bearer",
    });
  }
  if (principal.permissions.includes(permission)) return principal;
  if (principal.kind === "local") {
    throw new UnauthorizedError("This needs an admin, or the admin token", {
      field: "Authorization",
      remedy:
        'Make the first admin on the page, or send "Authorization: Bearer <token>" with the token in the file admin-token of the data directory',
    });
  }
  throw new ForbiddenError(`"${principal.name}" may ${principal.permissions.join(" and ")}, this needs ${permission}`, {
    remedy: "Ask an admin for another role, or use a key with more scopes",
  });
}

const credentialsOf = (context: Context): Credentials => ({
  bearer: bearerToken(context.req.header("authorization")),
  cookie: getCookie(context, SESSION_COOKIE),
  operator: context.req.header("tactus-operator"),
});

/** A name that was proven is stronger than one that is only said. */
export const signedBy = (principal: Principal, said: string): string =>
  principal.kind === "user" || principal.kind === "key" ? principal.name.slice(0, MAX_NAME) : said;

function holderOf(operator: string | undefined): Principal {
  const name = operator?.slice(0, MAX_NAME) || "admin";
  return { kind: "token", name, permissions: ["read", "operate", "manage"] };
}
