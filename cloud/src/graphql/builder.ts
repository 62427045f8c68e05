/** The types of the schema in the making: scalars, and how lists are given a page at a time. */
import SchemaBuilder, { type ObjectRef } from "@pothos/core";
import { InputError } from "@tactus/shared";
import { BadRequestError } from "../problems.js";
import type { GraphqlContext } from "./graphql-parts.js";

export interface GraphqlTypes {
  Context: GraphqlContext;
  DefaultFieldNullability: false;
  Scalars: {
    SafeInt: { Input: number; Output: number };
    JSON: { Input: unknown; Output: unknown };
  };
}

export const builder = new SchemaBuilder<GraphqlTypes>({ defaultFieldNullability: false });
export type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphqlTypes>;

builder.scalarType("SafeInt", {
  description: "A whole number up to 2^53 - 1: instants and durations in microseconds, bytes, counts",
  serialize: (value) => value,
  parseValue: safeInt,
});
builder.scalarType("JSON", {
  description: "Any JSON, as the REST API gives it",
  serialize: (value) => value,
  parseValue: (value) => value,
});

function safeInt(value: unknown): number {
  if (Number.isSafeInteger(value)) return value as number;
  throw new InputError(`${JSON.stringify(value)} is no whole number up to 2^53 - 1`);
}

export interface Page<Node> {
  edges: { cursor: string; node: Node }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

const PageInfo = builder.objectRef<Page<unknown>["pageInfo"]>("PageInfo").implement({
  fields: (t) => ({
    hasNextPage: t.exposeBoolean("hasNextPage"),
    endCursor: t.exposeString("endCursor", { nullable: true, description: "Ask again with `after` set to this" }),
  }),
});

/** A list that is as long as its page: it costs nothing on top of it. */
const AS_THE_PAGE = { size: 1 };

/** The type of pages of such nodes. */
export function pageType<Node>(name: string, node: ObjectRef<Types, Node>) {
  const Edge = builder.objectRef<Page<Node>["edges"][number]>(`${name}Edge`).implement({
    fields: (t) => ({
      cursor: t.exposeString("cursor"),
      node: t.field({ type: node, resolve: (edge) => edge.node as never }),
    }),
  });
  return builder.objectRef<Page<Node>>(`${name}Connection`).implement({
    fields: (t) => ({
      edges: t.field({ type: [Edge], extensions: AS_THE_PAGE, resolve: ({ edges }) => edges }),
      nodes: t.field({
        type: [node],
        extensions: AS_THE_PAGE,
        resolve: ({ edges }) => edges.map((edge) => edge.node) as never,
      }),
      pageInfo: t.field({ type: PageInfo, resolve: ({ pageInfo }) => pageInfo }),
    }),
  });
}

/** `found` holds one more than was asked for when there are more. */
export function pageOf<Node>(found: readonly Node[], first: number, keyOf: (node: Node) => string): Page<Node> {
  const edges = found.slice(0, first).map((node) => ({ cursor: cursorOf(keyOf(node)), node }));
  return { edges, pageInfo: { hasNextPage: found.length > first, endCursor: edges.at(-1)?.cursor ?? null } };
}

const cursorOf = (key: string): string => Buffer.from(key).toString("base64url");

/** The key that a cursor was made of; undefined = from the beginning. */
export const keyIn = (after: string | null | undefined): string | undefined =>
  after == null ? undefined : Buffer.from(after, "base64url").toString();

/** The same where keys are numbers. Throws BadRequestError. */
export function numberIn(after: string | null | undefined): number | undefined {
  const key = keyIn(after);
  if (key === undefined) return undefined;
  if (/^\d{1,15}$/.test(key)) return Number(key);
  throw new BadRequestError(`"${after}" is no cursor of this list`, {
    field: "after",
    remedy: "Give the endCursor of the page before",
  });
}

/** Throws BadRequestError for a number outside of [1, max]. */
export function countOf(value: number, { name, max }: { name: string; max: number }): number {
  if (value >= 1 && value <= max) return value;
  throw new BadRequestError(`${name} is ${value}`, { field: name, remedy: `Give 1 to ${max}` });
}
