/** Who did what to the fleet, page by page or whole. */
import type { Context } from "hono";
import { z } from "zod";
import type { AdminAccess } from "../middleware/admin-access.js";
import { queryOf } from "../middleware/json-body.js";
import type { FleetStore } from "../store/fleet-store.js";
import type { StoredAuditEntry } from "./audit.js";
import type { ChainLink } from "./audit-chain.js";

/** `GET /api/v1/audit`. */
export interface AuditAnswer {
  /** Newest first. */
  entries: StoredAuditEntry[];
  /** Ask again with `before` set to this for older ones; null = there are none. */
  before: number | null;
  /** The end of the chain: noted elsewhere, it shows whether the log was rewritten or cut. */
  head: ChainLink;
}

interface AuditRouteOptions {
  fleet: FleetStore;
  admin: AdminAccess;
}

const word = z.string().min(1).max(200).optional();
export const AuditQuery = z.strictObject({
  before: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  subject: word,
  by: word,
  action: word,
});

const PAGE = 500;

export const listAudit =
  ({ fleet, admin }: AuditRouteOptions) =>
  async (context: Context): Promise<Response> => {
    admin.require(context);
    const query = queryOf(context, AuditQuery, { remedy: "For example ?subject=club.main&limit=50" });
    const [entries, head] = await Promise.all([fleet.audit.list(query), fleet.audit.head()]);
    const before = entries.length < query.limit ? null : (entries.at(-1)?.id ?? null);
    return context.json({ entries, before, head } satisfies AuditAnswer);
  };

/** NDJSON, oldest first, page by page as the reader takes it. `tactus cloud audit verify --file` checks it. */
export const exportAudit =
  ({ fleet, admin }: AuditRouteOptions) =>
  async (context: Context): Promise<Response> => {
    admin.require(context);
    let after = (await fleet.audit.start()).id;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const lines = await fleet.audit.lines({ after, limit: PAGE });
        if (lines.length > 0) controller.enqueue(new TextEncoder().encode(`${lines.join("\n")}\n`));
        after += lines.length;
        if (lines.length < PAGE) controller.close();
      },
    });
    return context.body(body, 200, { "content-type": "application/x-ndjson", "cache-control": "no-store" });
  };
