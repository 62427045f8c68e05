/** `/api/v1/claims`: the side of the boxes, which nobody knows yet; and an operator's look at who waits. */
import { getConnInfo } from "@hono/node-server/conninfo";
import { ClaimPoll, ClaimRequest } from "@tactus/shared";
import type { Context } from "hono";
import type { AdminAccess } from "../middleware/admin-access.js";
import { jsonBody, queryOf } from "../middleware/json-body.js";
import { TooManyError } from "../problems.js";
import type { FleetStore } from "../store/fleet-store.js";
import type { AttemptLimits } from "./attempt-limits.js";
import type { Challenges } from "./challenges.js";
import type { ClaimDesk, Surroundings } from "./claim-desk.js";
import { fingerprintOf } from "./key-fingerprint.js";

export interface ClaimRouteOptions {
  claims: ClaimDesk;
  challenges: Challenges;
  /** Registrations. */
  registrations: AttemptLimits;
  /** Everything else of boxes that wait. */
  polls: AttemptLimits;
  /** What a box is told besides its login, by the address it asked at. */
  around(context: Context): Promise<Surroundings>;
  now(): number;
}

export const getChallenge =
  ({ challenges, polls, now }: ClaimRouteOptions) =>
  (context: Context): Response => {
    requireRate(polls, context, now());
    return noStore(context).json({ v: 1, challenge: challenges.make(now()) });
  };

export const postClaim =
  ({ claims, registrations, around, now }: ClaimRouteOptions) =>
  async (context: Context): Promise<Response> => {
    requireRate(registrations, context, now());
    const request = await jsonBody(context, ClaimRequest, BODY);
    const answer = await claims.register(request, await around(context));
    return noStore(context).json(answer, answer.state === "pending" ? 201 : 200);
  };

export const getClaim =
  ({ claims, polls, around, now }: ClaimRouteOptions) =>
  async (context: Context): Promise<Response> => {
    requireRate(polls, context, now());
    const query = queryOf(context, ClaimPoll, { remedy: "Send challenge and signature" });
    const id = (context.req.param("id") ?? "").slice(0, 64);
    return noStore(context).json(await claims.poll({ id, ...query }, await around(context)));
  };

/** Serials and keys, never codes: who holds a code read it from the box. */
export const listClaims =
  ({ fleet, admin, now }: { fleet: FleetStore; admin: AdminAccess; now(): number }) =>
  async (context: Context): Promise<Response> => {
    admin.require(context);
    const waiting = await fleet.identity.listWaiting(now());
    const claims = waiting.map(({ serial, publicKey, createdUs, expiresUs }) => ({
      serial,
      keyFingerprint: fingerprintOf(publicKey),
      createdUs,
      expiresUs,
    }));
    return noStore(context).json({ claims });
  };

/** The address of whoever asks; a proxy makes all the same. */
export function addressOf(context: Context): string {
  try {
    return getConnInfo(context).remote.address ?? "";
  } catch {
    return "";
  }
}

/** Throws TooManyError. */
export function requireRate(limits: AttemptLimits, context: Context, nowUs: number): void {
  if (limits.admit(addressOf(context), nowUs)) return;
  throw new TooManyError("Too many attempts from there within a minute", { remedy: "Wait a minute" });
}

export function noStore(context: Context): Context {
  context.header("cache-control", "no-store");
  return context;
}

const BODY = { what: "Claim", remedy: "A box of this version sends it right: update the box, or the cloud" };
