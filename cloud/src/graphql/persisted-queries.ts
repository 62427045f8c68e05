/** Queries by their SHA-256, so that a page sends a long one only once ("automatic persisted queries"). */
import { createHash } from "node:crypto";
import { createGraphQLError, type Plugin } from "graphql-yoga";
import { z } from "zod";

/** Kept in memory, those that were used last. */
const MAX_QUERIES = 500;

const Extension = z.object({ version: z.literal(1), sha256Hash: z.string().regex(/^[0-9a-f]{64}$/) });

export class PersistedQueries {
  /** In the order of their last use. */
  readonly #queries = new Map<string, string>();

  get size(): number {
    return this.#queries.size;
  }

  get(hash: string): string | undefined {
    const query = this.#queries.get(hash);
    if (query !== undefined) this.#put(hash, query);
    return query;
  }

  /** False: it is not what the hash says. */
  put(hash: string, query: string): boolean {
    if (createHash("sha256").update(query).digest("hex") !== hash) return false;
    this.#put(hash, query);
    return true;
  }

  #put(hash: string, query: string): void {
    this.#queries.delete(hash);
    this.#queries.set(hash, query);
    if (this.#queries.size <= MAX_QUERIES) return;
    for (const oldest of this.#queries.keys()) {
      this.#queries.delete(oldest);
      return;
    }
  }
}

/** A hash alone is looked up; a hash with its query is kept. */
export function persistedQueries(queries = new PersistedQueries()): Plugin {
  return {
    onParams({ params, setParams }) {
      const asked = params.extensions?.persistedQuery;
      if (asked === undefined) return;
      const parsed = Extension.safeParse(asked);
      if (!parsed.success) throw refusal("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED", 400);
      const { sha256Hash } = parsed.data;
      if (params.query) {
        if (!queries.put(sha256Hash, params.query))
          throw refusal("The hash is not that of the query", "PERSISTED_QUERY_MISMATCH", 400);
        return;
      }
      const query = queries.get(sha256Hash);
      // Clients know these words and answer with the query; a 200, as all of them expect.
      if (query === undefined) throw refusal("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND", 200);
      setParams({ ...params, query });
    },
  };
}

const refusal = (message: string, code: string, status: number) =>
  createGraphQLError(message, { extensions: { code, http: { status } } });
