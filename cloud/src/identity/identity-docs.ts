/** What is said of the routes by which boxes come into the fleet and leave it. */
import { ClaimPoll, ClaimRequest } from "@tactus/shared";
import { z } from "zod";
import type { RouteDoc, RouteDocs } from "../middleware/route-doc.js";
import { ClaimBody, DescribeBody, ManyBoxes, OneBox, PreauthorizeBody } from "./operator-routes.js";

const about = "Boxes";
const anyone = (doc: Omit<RouteDoc, "who" | "about">): RouteDoc => ({ who: "anyone", about: "Claiming", ...doc });
const manage = (doc: Omit<RouteDoc, "who" | "about">): RouteDoc => ({ who: "manage", about, ...doc });

const LoginAnswer = z.looseObject({ username: z.string(), password: z.string() });
const ClaimAnswer = z.looseObject({ v: z.literal(1), state: z.string() });
const Waiting = z.object({
  serial: z.string(),
  keyFingerprint: z.string(),
  createdUs: z.int(),
  expiresUs: z.int(),
});
const Promised = z.looseObject({ serial: z.string(), device: z.string(), createdUs: z.int(), expiresUs: z.int() });

export const identityDocs: RouteDocs = {
  "GET /api/v1/ca.pem": anyone({
    summary: "The certificate authority of this cloud's own",
    answers: { 200: { type: "application/x-pem-file", text: "PEM" } },
    problems: [404],
  }),
  "GET /api/v1/claims/challenge": anyone({
    summary: "A challenge for a box to sign",
    answers: { 200: z.object({ v: z.literal(1), challenge: z.string() }) },
  }),
  "POST /api/v1/claims": anyone({
    summary: "A box asks to be claimed",
    body: ClaimRequest,
    answers: { 200: ClaimAnswer, 201: ClaimAnswer },
    problems: [401, 403, 409],
  }),
  "GET /api/v1/claims/:id": anyone({
    summary: "A box asks whether it was claimed",
    query: ClaimPoll,
    answers: { 200: ClaimAnswer },
    problems: [401, 403],
  }),
  "GET /api/v1/identity": {
    ...{ who: "device", about, summary: "A box asks whether its login is good, and how old it is" },
    answers: {
      200: z.object({ v: z.literal(1), device: z.string(), ageS: z.number(), rotate: z.boolean() }),
    },
  },
  "GET /api/v1/claims": manage({
    summary: "Boxes that wait to be claimed",
    answers: { 200: z.object({ claims: z.array(Waiting) }) },
  }),
  "GET /api/v1/preauthorizations": manage({
    summary: "Boxes that are let in beforehand",
    answers: { 200: z.object({ preauthorizations: z.array(Promised) }) },
  }),
  "POST /api/v1/preauthorizations": manage({
    summary: "Let a box in beforehand, by its serial",
    body: PreauthorizeBody,
    answers: { 201: Promised },
    isOnce: true,
  }),
  "DELETE /api/v1/preauthorizations/:serial": manage({ summary: "No longer", answers: { 204: null } }),
  "POST /api/v1/devices": manage({
    summary: "Make logins for one box or a list; they are shown this once",
    body: z.union([ManyBoxes, OneBox]),
    answers: { 201: z.union([z.object({ devices: z.array(LoginAnswer) }), LoginAnswer]) },
    isOnce: true,
  }),
  "POST /api/v1/devices/claim": manage({
    summary: "Claim a box by the code that it shows",
    body: ClaimBody,
    answers: { 201: z.object({ device: z.string() }) },
    isOnce: true,
  }),
  "PATCH /api/v1/devices/:id": manage({
    summary: "Name and tags of a box",
    body: DescribeBody,
    answers: { 200: z.looseObject({ id: z.string() }) },
  }),
  "DELETE /api/v1/devices/:id": manage({ summary: "Take a box out of the fleet", answers: { 204: null } }),
  "GET /api/v1/devices/:id/credentials": manage({
    summary: "When a box's logins were made, used, revoked",
    answers: {
      200: z.object({
        box: z.looseObject({}).nullable(),
        credentials: z.array(z.looseObject({ createdUs: z.int(), revokedUs: z.int(), usedUs: z.int() })),
      }),
    },
  }),
  "DELETE /api/v1/devices/:id/credentials": manage({ summary: "Revoke a box's logins", answers: { 204: null } }),
  "POST /api/v1/devices/:id/credentials/rotate": {
    ...{ who: "device-or-manage", about, summary: "A new login for a box, by itself or by an admin" },
    answers: { 201: LoginAnswer },
  },
};
