/** HTTP requests of this box to its cloud, with its login and the cloud's own certificate authority. */
import { type IncomingMessage, type RequestOptions, request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { UnavailableError } from "@tactus/shared";
import { connectTrusted, type Trust } from "./trusted-socket.js";

export interface CloudRequest {
  /** Default "GET". */
  method?: string;
  body?: Uint8Array | string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** The answer is cut off, with an error, beyond so many bytes. Default 16 MiB. */
  maxBytes?: number;
  /** No byte for so long ends it, milliseconds. Default 30 000. */
  idleMs?: number;
  /** Takes a 2xx answer's body piece by piece; `body` is then empty. Awaited: the other end waits meanwhile. */
  onBody?: (piece: Buffer) => Promise<void> | void;
}

export interface CloudResponse {
  status: number;
  headers: Headers;
  body: Buffer;
}

/** `path` begins with a slash. Rejects with UnavailableError when there is no answer; any status is one. */
export type CloudFetch = (path: string, init?: CloudRequest) => Promise<CloudResponse>;

export interface CloudFetchOptions {
  /** Asked at every request: logins change. */
  access: () => { httpUrl: string; username?: string | undefined; password?: string | undefined } & Trust;
}

const MAX_BYTES = 16 * 1024 * 1024;
const IDLE_MS = 30_000;

export function openCloudFetch({ access }: CloudFetchOptions): CloudFetch {
  return async (path, init = {}) => {
    const { httpUrl, username, password, ...trust } = access();
    const url = new URL(path, httpUrl);
    const login = username === undefined ? {} : { authorization: basic(username, password ?? "") };
    try {
      const response = await ask(url, { ...init, headers: { ...login, ...init.headers } }, trust);
      const body = await bodyOf(response, init);
      return { status: response.statusCode ?? 0, headers: headersOf(response), body };
    } catch (cause) {
      if (init.signal?.aborted) throw cause;
      const { code, message } = cause as NodeJS.ErrnoException;
      throw new UnavailableError(`The cloud at ${url.origin} does not answer: ${message || code}`, { cause });
    }
  };
}

function ask(url: URL, init: CloudRequest, trust: Trust): Promise<IncomingMessage> {
  const { method = "GET", headers = {}, signal, body, idleMs = IDLE_MS } = init;
  const isTls = url.protocol === "https:";
  const host = url.hostname;
  const port = Number(url.port) || (isTls ? 443 : 80);
  const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const options: RequestOptions = {
    method,
    headers: { ...headers, ...length },
    ...(signal ? { signal } : {}),
    // With an agent, Node would open the connection in its own way.
    ...(isTls
      ? { defaultPort: 443, createConnection: () => connectTrusted({ host, port, ...trust }) }
      : { agent: false }),
  };
  return new Promise((resolve, reject) => {
    const request = (isTls ? requestTls : requestPlain)(url, options, resolve);
    request.setTimeout(idleMs, () => request.destroy(new Error(`nothing within ${idleMs} ms`)));
    request.once("error", reject);
    request.end(body);
  });
}

async function bodyOf(response: IncomingMessage, { maxBytes = MAX_BYTES, onBody }: CloudRequest): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const status = response.statusCode ?? 0;
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    if (onBody && status >= 200 && status < 300) await onBody(piece);
    else pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function headersOf({ headers }: IncomingMessage): Headers {
  const result = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) result.append(name, one);
  }
  return result;
}

const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
