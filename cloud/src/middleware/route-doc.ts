/** Contract: what is said of a route: who may call it, what it takes, what it answers. The document and the guard both read it. */
import type { z } from "zod";
import type { Permission } from "../users/principal.js";

/** `device`: a box with its own login; the route itself checks it. `device-or-manage`: that, or an admin. */
export type Caller = "anyone" | "device" | "device-or-manage" | Permission;

/** JSON of this shape, another media type, or no body at all. */
export type Answer = z.ZodType | { type: string; text: string } | null;

export interface RouteDoc {
  who: Caller;
  /** Of whom it is about: groups routes on the page of documentation. */
  about: string;
  summary: string;
  query?: z.ZodType;
  body?: z.ZodType | { type: string };
  /** It may be left out. */
  bodyOptional?: boolean;
  /** By status. */
  answers: Readonly<Record<number, Answer>>;
  /** Statuses of problems beside those that every such route may have. */
  problems?: readonly number[];
  /** The answer has an ETag, and `If-None-Match` is answered. */
  hasETag?: boolean;
  /** It makes something: `Idempotency-Key` is honoured. */
  isOnce?: boolean;
  /** `If-Match` is honoured: by the route itself, or by the ETag of the same path's GET. */
  takesIfMatch?: "version" | "etag";
}

/** "GET /api/v1/devices/:id" → what is said of it. */
export type RouteDocs = Readonly<Record<string, RouteDoc>>;
