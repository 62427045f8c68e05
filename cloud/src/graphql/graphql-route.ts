/** `/graphql`: nested questions in one round trip, and what boxes say as it happens. */
import { createYoga } from "graphql-yoga";
import type { Context, Handler } from "hono";
import type { Access, LastingAccess } from "../middleware/access.js";
import { maskError, problemWords } from "./graphql-errors.js";
import type { GraphqlContext, GraphqlParts } from "./graphql-parts.js";
import { limitPlugins } from "./limits.js";
import { loadersOf } from "./loaders.js";
import { persistedQueries } from "./persisted-queries.js";
import { graphqlSchema } from "./schema.js";

export const GRAPHQL_PATH = "/graphql";

interface Asker {
  login: LastingAccess;
}

/** Queries by GET or POST, changes by POST, subscriptions as server-sent events. */
export function answerGraphql(parts: GraphqlParts & { access: Pick<Access, "lasting"> }): Handler {
  const yoga = createYoga<Asker, GraphqlContext>({
    schema: graphqlSchema(),
    context: ({ login: { principal, again } }) => ({ parts, principal, again, loaders: loadersOf(parts) }),
    graphqlEndpoint: GRAPHQL_PATH,
    plugins: [persistedQueries(), ...limitPlugins(), problemWords],
    maskedErrors: { maskError: (error) => maskError(error, parts.log) },
    batching: false,
    multipart: false,
    graphiql: false,
    landingPage: false,
    healthCheckEndpoint: "/graphql/health",
    cors: false,
    logging: false,
    fetchAPI: globalThis,
  });
  return (context: Context) => yoga.fetch(context.req.raw, { login: parts.access.lasting(context) });
}
