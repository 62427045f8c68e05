/** Requests that a foreign web page made in somebody's browser into refusals. */
import type { MiddlewareHandler } from "hono";
import { isLoopback } from "../config.js";
import { ForbiddenError } from "../problems.js";

export interface SameSiteOptions {
  /** The address the cloud listens on. */
  host: string;
  allowedHosts: readonly string[];
}

/**
 * Host: against DNS rebinding, a cloud on loopback answers only to loopback names and the configured ones.
 * Origin: against cross-site requests and cross-site WebSockets, it must be the page's own.
 */
export function sameSite({ host, allowedHosts }: SameSiteOptions): MiddlewareHandler {
  const strict = isLoopback(host) || allowedHosts.length > 0;
  return async (context, next) => {
    const asked = context.req.header("host") ?? "";
    const name = hostName(asked);
    if (strict && !isLoopback(name) && name !== host && !allowedHosts.includes(name)) {
      throw new ForbiddenError(`This cloud does not answer to the name "${name}"`, {
        field: "Host",
        remedy: "Add the name to http.allowedHosts in the configuration",
      });
    }
    const origin = context.req.header("origin");
    if (origin !== undefined && changesSomething(context.req.method, context.req.header("upgrade"))) {
      requireSameOrigin(origin, asked);
    }
    await next();
  };
}

function changesSomething(method: string, upgrade: string | undefined): boolean {
  return upgrade !== undefined || !["GET", "HEAD", "OPTIONS"].includes(method);
}

function requireSameOrigin(origin: string, host: string): void {
  if (URL.canParse(origin) && new URL(origin).host === host) return;
  throw new ForbiddenError(`Requests from pages of ${origin} are not accepted`, { field: "Origin" });
}

function hostName(host: string): string {
  const name = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : "";
  return name.replace(/^\[|\]$/g, "");
}
