/** Requests of each caller into so many a second; those above into 429. */
import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context, MiddlewareHandler } from "hono";
import { TooManyError } from "../problems.js";
import type { Access } from "./access.js";

export interface RateLimitOptions {
  access: Access;
  /** Of each user and key, requests a second on the long run; 0 = no limits at all. */
  perSecond: number;
  /** Requests that are not counted: boxes that wait to be claimed, and downloads of models, many behind one address. */
  isFree?(context: Context): boolean;
  /** Epoch microseconds. */
  now(): number;
}

/** A page that opens asks for much at once: so many seconds' worth may come together. */
const BURST_S = 4;
/** Who has not said who they are gets this part of it, all of one address together. */
const NOBODY = 0.1;
const MAX_CALLERS = 10_000;

interface Bucket {
  left: number;
  atUs: number;
}

/** Who holds the admin token, and everybody on this machine while nobody has an account, are not counted. */
export function rateLimits({ access, perSecond, now, isFree = () => false }: RateLimitOptions): MiddlewareHandler {
  const buckets = new Map<string, Bucket>();
  return async (context, next) => {
    const caller = perSecond === 0 || isFree(context) ? undefined : callerOf(context, access);
    if (caller === undefined) return next();
    const rate = caller.isKnown ? perSecond : perSecond * NOBODY;
    const burst = Math.max(1, Math.round(rate * BURST_S));
    const bucket = drawFrom(buckets, caller.name, { rate, burst, nowUs: now() });
    context.header("RateLimit-Limit", String(burst));
    context.header("RateLimit-Remaining", String(Math.max(0, Math.floor(bucket.left))));
    context.header("RateLimit-Reset", String(Math.ceil((burst - bucket.left) / rate)));
    if (bucket.left < 0) {
      bucket.left = Math.max(bucket.left, -1) + 1;
      const waitS = Math.ceil((1 - bucket.left) / rate);
      context.header("Retry-After", String(waitS));
      throw new TooManyError("Too many requests", { remedy: `Wait ${waitS} s; ${rate} a second are allowed` });
    }
    await next();
  };
}

function callerOf(context: Context, access: Access): { name: string; isKnown: boolean } | undefined {
  const principal = access.principalOf(context);
  if (principal?.kind === "token" || principal?.kind === "local") return undefined;
  if (principal) return { name: `${principal.kind} ${principal.credentialId ?? principal.name}`, isKnown: true };
  if (/^Basic /i.test(context.req.header("authorization") ?? "")) return undefined; // a box: its route checks the login
  return { name: `address ${addressOf(context)}`, isKnown: false };
}

function drawFrom(
  buckets: Map<string, Bucket>,
  name: string,
  { rate, burst, nowUs }: { rate: number; burst: number; nowUs: number },
): Bucket {
  const known = buckets.get(name) ?? { left: burst, atUs: nowUs };
  const left = Math.min(burst, known.left + (Math.max(0, nowUs - known.atUs) / 1e6) * rate) - 1;
  const bucket = { left, atUs: nowUs };
  buckets.delete(name);
  buckets.set(name, bucket);
  const [oldest] = buckets.keys();
  if (buckets.size > MAX_CALLERS && oldest !== undefined) buckets.delete(oldest);
  return bucket;
}

function addressOf(context: Context): string {
  try {
    return getConnInfo(context).remote.address ?? "";
  } catch {
    return "";
  }
}
