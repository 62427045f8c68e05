/** What is said of the routes of rollouts, venues and pinned models. */
import { z } from "zod";
import type { RouteDoc, RouteDocs } from "../middleware/route-doc.js";
import { ActivateBody, PinBody, RolloutSpec } from "./rollout.js";
import { OrderBody, ROLLOUT_ACTIONS, RolloutsQuery } from "./rollout-routes.js";
import { VenueSettings } from "./venue.js";

const about = "Rollouts";
const Rollout = z.looseObject({ id: z.string() });
const Venue = z.looseObject({ venue: z.string(), isDefault: z.boolean(), next: z.array(z.looseObject({})) });
const Pinned = z.looseObject({
  device: z.string(),
  running: z.looseObject({}).nullable(),
  pin: z.looseObject({}).nullable(),
});

const VERBS = {
  pause: "Take in no further devices",
  resume: "Go on",
  advance: "Begin the next phase now",
  abort: "End it; devices go back unless told otherwise",
  rollback: "Devices go back to what they ran before",
};

const actionDocs = Object.fromEntries(
  ROLLOUT_ACTIONS.map((action): [string, RouteDoc] => [
    `POST /api/v1/rollouts/:id/${action}`,
    {
      ...{ who: "manage", about, summary: VERBS[action] },
      ...{ body: OrderBody, bodyOptional: true, answers: { 200: Rollout }, problems: [409] },
    },
  ]),
);

export const rolloutDocs: RouteDocs = {
  "GET /api/v1/rollouts": {
    ...{ who: "read", about, summary: "Rollouts, newest first" },
    query: RolloutsQuery,
    answers: { 200: z.object({ rollouts: z.array(Rollout), next: z.string().nullable() }) },
    hasETag: true,
  },
  "POST /api/v1/rollouts": {
    ...{ who: "manage", about, summary: "Begin a rollout by phases and gates; Idempotency-Key is honoured for good" },
    body: RolloutSpec,
    answers: { 200: Rollout, 201: Rollout },
    problems: [404, 409],
  },
  "GET /api/v1/rollouts/:id": {
    ...{ who: "read", about, summary: "A rollout with its phases, gates and reasons" },
    answers: { 200: Rollout },
    hasETag: true,
  },
  ...actionDocs,
  "POST /api/v1/models/:name/:version/activate": {
    ...{
      who: "manage",
      about: "Models",
      summary: "A model everywhere, by an operator's word; also back to an older one",
    },
    ...{ body: ActivateBody, bodyOptional: true, answers: { 201: Rollout }, problems: [409], isOnce: true },
  },
  "GET /api/v1/venues/:venue": {
    ...{ who: "read", about: "Venues", summary: "Time zone and maintenance windows" },
    answers: { 200: Venue },
    hasETag: true,
  },
  "PUT /api/v1/venues/:venue": {
    ...{ who: "manage", about: "Venues", summary: "Set time zone and maintenance windows" },
    body: VenueSettings,
    answers: { 200: Venue },
    takesIfMatch: "etag",
  },
  "GET /api/v1/devices/:id/model": {
    ...{ who: "read", about: "Models", summary: "What a device runs, and whether that was chosen for it" },
    answers: { 200: Pinned },
    hasETag: true,
  },
  "PUT /api/v1/devices/:id/model": {
    ...{ who: "manage", about: "Models", summary: "Choose a device's model: stronger than rollouts" },
    body: PinBody,
    answers: { 200: Pinned },
    problems: [409],
    takesIfMatch: "etag",
  },
  "DELETE /api/v1/devices/:id/model": {
    ...{ who: "manage", about: "Models", summary: "Rollouts decide again" },
    answers: { 204: null },
  },
};
