/** A request that is sent again with the same Idempotency-Key into the answer that it had, instead of a second deed. */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { BadRequestError, ConflictError } from "../problems.js";
import type { CallsOf } from "../store/worker-calls.js";
import type { Access } from "./access.js";
import type { AnswerTables, StoredAnswer } from "./answer-tables.js";
import { docOf } from "./guard-routes.js";
import type { RouteDocs } from "./route-doc.js";

export interface IdempotencyOptions {
  access: Access;
  answers: CallsOf<{ answers: AnswerTables }>["answers"];
  docs: RouteDocs;
  /** Epoch microseconds. */
  now(): number;
}

const KEPT_US = 86_400e6;
const KEY = /^[\x21-\x7e]{1,200}$/;
const MAX_BYTES = 256 * 1024;
const CIPHER = "aes-256-gcm";

export function idempotency({ access, answers, docs, now }: IdempotencyOptions): MiddlewareHandler {
  const running = new Set<string>();
  return async (context, next) => {
    const given = context.req.header("idempotency-key");
    if (given === undefined || !docOf(context, docs)?.isOnce) return next();
    const key = keyOf(given);
    const asked = await askedOf(context, access.principalOf(context)?.name ?? "", key);
    if (running.has(asked.id)) throw new ConflictError(`The request with the key "${key}" is still at work`, AGAIN);
    running.add(asked.id);
    try {
      const known = await answers.find(asked.id, now() - KEPT_US);
      if (known) return replay(context, known, asked);
      await next();
      const { status } = context.res;
      if (status < 200 || status > 299) return;
      const body = Buffer.from(await context.res.clone().arrayBuffer());
      if (body.length > MAX_BYTES) return;
      const { id, requestHash } = asked;
      const stored = { id, requestHash, createdUs: now(), status, sealed: seal(body, asked) };
      await answers.keep(stored, now() - KEPT_US);
    } finally {
      running.delete(asked.id);
    }
  };
}

const AGAIN = { field: "Idempotency-Key", remedy: "Ask again in a moment" };

interface Asked {
  id: string;
  requestHash: string;
  key: string;
}

async function askedOf(context: Context, who: string, key: string): Promise<Asked> {
  const { method, path } = context.req;
  const body = Buffer.from(await context.req.arrayBuffer());
  return { id: hash(JSON.stringify([who, method, path, key])), requestHash: hash(body), key };
}

function replay(context: Context, known: StoredAnswer, asked: Asked): Response {
  if (known.requestHash !== asked.requestHash) {
    throw new ConflictError(`The key "${asked.key}" was used for another request`, {
      field: "Idempotency-Key",
      remedy: "Use a new key for a new request",
    });
  }
  return context.body(new Uint8Array(unseal(known.sealed, asked)), known.status as ContentfulStatusCode, {
    "content-type": "application/json",
    "cache-control": "no-store",
    "idempotency-replayed": "true",
  });
}

/** Answers may hold a login that is told once: whoever has the database but not the key cannot read it. */
function seal(body: Buffer, { id, key }: Asked): Uint8Array {
  const nonce = randomBytes(12);
  const cipher = createCipheriv(CIPHER, secretOf(id, key), nonce);
  return Buffer.concat([nonce, cipher.update(body), cipher.final(), cipher.getAuthTag()]);
}

function unseal(sealed: Uint8Array, { id, key }: Asked): Buffer {
  const cipher = createDecipheriv(CIPHER, secretOf(id, key), sealed.subarray(0, 12));
  cipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([cipher.update(sealed.subarray(12, -16)), cipher.final()]);
}

const secretOf = (id: string, key: string): Uint8Array => new Uint8Array(hkdfSync("sha256", key, id, "answer", 32));

function keyOf(given: string): string {
  if (KEY.test(given)) return given;
  throw new BadRequestError("The idempotency key is not 1 to 200 visible characters", { field: "Idempotency-Key" });
}

const hash = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");
