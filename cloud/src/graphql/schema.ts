/** All types into the schema, with who may ask for each field. */
// graphql by its file: a bundler takes another copy otherwise, and two copies refuse each other.
import { defaultFieldResolver, type GraphQLObjectType, type GraphQLSchema } from "graphql/index.js";
import { requirePermission } from "../middleware/access.js";
import type { Permission } from "../users/principal.js";
import { builder } from "./builder.js";
import type { GraphqlContext } from "./graphql-parts.js";
import "./alert-types.js";
import "./device-types.js";
import "./live-types.js";
import "./rollout-types.js";
import "./track-types.js";

let made: GraphQLSchema | undefined;

/** The same every time: types know nothing of a cloud. */
export function graphqlSchema(): GraphQLSchema {
  if (made) return made;
  builder.queryType({});
  builder.mutationType({});
  builder.subscriptionType({});
  made = builder.toSchema();
  guard(made.getQueryType(), "read");
  guard(made.getSubscriptionType(), "read");
  // One of which nothing is said is for admins.
  guard(made.getMutationType(), "manage");
  const roots = [made.getQueryType(), made.getSubscriptionType(), made.getMutationType()];
  for (const type of Object.values(made.getTypeMap())) {
    if ("getInterfaces" in type && "getFields" in type && !roots.includes(type as GraphQLObjectType))
      guard(type as GraphQLObjectType, undefined);
  }
  return made;
}

/** `fallback`: for fields that say nothing of a permission; undefined = whoever came so far. */
function guard(type: GraphQLObjectType | null | undefined, fallback: Permission | undefined): void {
  for (const field of Object.values(type?.getFields() ?? {})) {
    const permission = (field.extensions.permission as Permission | undefined) ?? fallback;
    if (!permission) continue;
    const { resolve = defaultFieldResolver, subscribe } = field;
    const allow = ({ principal }: GraphqlContext) => requirePermission(principal, permission);
    field.resolve = (source, args, context: GraphqlContext, info) => {
      allow(context);
      return resolve(source, args, context, info);
    };
    if (!subscribe) continue;
    field.subscribe = (source, args, context: GraphqlContext, info) => {
      allow(context);
      return subscribe(source, args, context, info);
    };
  }
}
