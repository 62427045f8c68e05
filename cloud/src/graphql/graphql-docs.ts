/** What is said of the route of GraphQL. */
import { z } from "zod";
import type { RouteDoc, RouteDocs } from "../middleware/route-doc.js";

const Query = z.object({
  query: z.string().optional(),
  operationName: z.string().nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  extensions: z.record(z.string(), z.unknown()).nullish(),
});

const read = (doc: Omit<RouteDoc, "who" | "about">): RouteDoc => ({ who: "read", about: "GraphQL", ...doc });
const Answer = z.looseObject({ data: z.unknown().optional(), errors: z.array(z.unknown()).optional() });
/** 415: a body that is not JSON. */
const answers = { 200: Answer, 400: Answer, 415: null };

export const graphqlDocs: RouteDocs = {
  "GET /graphql": read({ summary: "A nested question, in the address", answers }),
  "POST /graphql": read({
    summary: "A nested question, a change, or a subscription as server-sent events",
    body: Query,
    answers,
  }),
};
