/** A folder of built files into answers from memory: nothing of the file system is reachable by a request. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { gzipSync } from "node:zlib";
import type { Context } from "hono";
import { NotFoundError } from "./problems.js";

interface SiteFile {
  body: Uint8Array<ArrayBuffer>;
  gzipped: Uint8Array<ArrayBuffer>;
  type: string;
  etag: string;
  /** The name holds a hash of the content. */
  immutable: boolean;
}
export type Site = ReadonlyMap<string, SiteFile>;

/** Names in it hold a hash of the content. */
const ASSETS = "/assets/";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webmanifest": "application/manifest+json",
};

/** Empty when the folder is not there: the page has not been built. */
export async function loadSite(folder: string): Promise<Site> {
  const site = new Map<string, SiteFile>();
  for (const path of await filesIn(folder)) {
    const url = `/${relative(folder, path).split(sep).join("/")}`;
    site.set(url, fileOf(url, await readFile(path)));
  }
  return site;
}

/** A path that is no file is a place in the page and gets index.html; only a missing asset is missing. */
export const servePage =
  (site: Site) =>
  (context: Context): Response => {
    const { path } = context.req;
    const file = site.get(path) ?? (path.startsWith(ASSETS) ? undefined : site.get("/index.html"));
    if (file) return respond(context, file);
    if (site.size > 0) throw new NotFoundError(`No file ${path}`);
    return context.text("The page has not been built: run `npm run build`, then start the cloud again.\n", 503);
  };

function respond(context: Context, file: SiteFile): Response {
  const headers = {
    etag: file.etag,
    vary: "accept-encoding",
    "cache-control": file.immutable ? "public, max-age=31536000, immutable" : "no-cache",
  };
  if (context.req.header("if-none-match") === file.etag) return context.body(null, 304, headers);
  const zip = /\bgzip\b/.test(context.req.header("accept-encoding") ?? "");
  return context.body(zip ? file.gzipped : file.body, 200, {
    ...headers,
    "content-type": file.type,
    ...(zip ? { "content-encoding": "gzip" } : {}),
  });
}

function fileOf(url: string, content: Buffer): SiteFile {
  return {
    body: new Uint8Array(content),
    gzipped: new Uint8Array(gzipSync(content)),
    type: TYPES[extname(url)] ?? "application/octet-stream",
    etag: `"${createHash("sha256").update(content).digest("hex").slice(0, 32)}"`,
    immutable: url.startsWith(ASSETS),
  };
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
