/**
 * The signed repository over HTTP. Anybody may read it: what a box believes is decided by signatures, not by where it came
 * from, and a box that has lost its login can still be given a good model.
 */
import { Readable } from "node:stream";
import type { Context } from "hono";
import { BadRequestError, NotFoundError } from "../problems.js";
import type { ArtifactStore } from "./artifact-store.js";
import type { ModelRegistry } from "./model-registry.js";

interface TufRouteOptions {
  models: ModelRegistry;
  artifacts: ArtifactStore;
}

const IMMUTABLE = "public, max-age=31536000, immutable";

/** `GET /api/v1/tuf/metadata/{file}`. */
export const getTufMetadata =
  ({ models }: TufRouteOptions) =>
  (context: Context): Response => {
    const name = context.req.param("file") ?? "";
    const file = models.published.metadata(name);
    if (!file) throw new NotFoundError(`No metadata "${name.slice(0, 80)}"`);
    const headers = { etag: file.etag, "cache-control": file.immutable ? IMMUTABLE : "no-cache" };
    if (context.req.header("if-none-match") === file.etag) return context.body(null, 304, headers);
    return context.body(new Uint8Array(file.content), 200, { ...headers, "content-type": "application/json" });
  };

/** `GET /api/v1/tuf/targets/{path}`: one range is answered (RFC 9110, 14.2), several are answered whole. */
export const getTufTarget =
  ({ models, artifacts }: TufRouteOptions) =>
  (context: Context): Response => {
    const path = context.req.path.split("/tuf/targets/")[1] ?? "";
    const target = models.published.target(path);
    if (!target) throw new NotFoundError(`No target "${path.slice(0, 200)}" is signed for`);
    const etag = `"${target.sha256}"`;
    const headers = {
      etag,
      "cache-control": IMMUTABLE,
      "accept-ranges": "bytes",
      "content-type": "application/octet-stream",
    };
    if (context.req.header("if-none-match") === etag) return context.body(null, 304, headers);
    const { start, end, isPart } = rangeOf(context.req.header("range"), target.bytes);
    if (start >= target.bytes && target.bytes > 0) {
      return context.body(null, 416, { ...headers, "content-range": `bytes */${target.bytes}` });
    }
    const all = {
      ...headers,
      "content-length": String(end - start + 1),
      ...(isPart ? { "content-range": `bytes ${start}-${end}/${target.bytes}` } : {}),
    };
    if (context.req.method === "HEAD") return context.body(null, isPart ? 206 : 200, all);
    const body = Readable.toWeb(artifacts.stream(target.sha256, { start, end }) as Readable) as ReadableStream;
    return context.body(body, isPart ? 206 : 200, all);
  };

/** Both ends included. What is no range of bytes is no range: the whole file is sent. */
function rangeOf(header: string | undefined, bytes: number): { start: number; end: number; isPart: boolean } {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "");
  const [, from = "", to = ""] = match ?? [];
  const whole = { start: 0, end: bytes - 1, isPart: false };
  if (!match || (from === "" && to === "")) return whole;
  if (from === "") return { start: Math.max(0, bytes - Number(to)), end: bytes - 1, isPart: true };
  const end = to === "" ? bytes - 1 : Math.min(bytes - 1, Number(to));
  if (to !== "" && Number(to) < Number(from)) throw new BadRequestError(`The range ${header} ends before it begins`);
  return { start: Number(from), end, isPart: true };
}
