/** One notice into one POST: signed, guarded, never redirected, and over after some seconds. */
import { lookup as dnsLookup } from "node:dns";
import { request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { InputError } from "@tactus/shared";
import type { StoredWebhook } from "./notice.js";
import { isPrivateAddress } from "./private-addresses.js";
import { signatureHeaders } from "./webhook-signature.js";

export interface WebhookSenderOptions {
  /** Private addresses and plain HTTP are fine: the receiver is in the house. */
  allowPrivate: boolean;
  /** From the first packet to the status line, milliseconds. */
  timeoutMs: number;
}

export interface WebhookCall {
  webhook: Pick<StoredWebhook, "url" | "secret">;
  id: string;
  type: string;
  body: string;
  nowUs: number;
}

export interface WebhookAnswer {
  status: number;
  /** What the receiver asks to wait, seconds; 0 = nothing. */
  retryAfterS: number;
}

const MAX_RETRY_AFTER_S = 3600;

export class WebhookSender {
  readonly #options: WebhookSenderOptions;

  constructor(options: WebhookSenderOptions) {
    this.#options = options;
  }

  /** Throws InputError for an address that is never called: at creation, so that it is seen at once. */
  check(url: string): URL {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (!parsed || !["http:", "https:"].includes(parsed.protocol))
      throw new InputError(`"${url}" is no address of the web`);
    if (parsed.username !== "" || parsed.password !== "")
      throw new InputError("The address of a webhook holds no login");
    if (this.#options.allowPrivate) return parsed;
    if (parsed.protocol === "http:")
      throw new InputError(`${parsed.origin} is not https: webhooks.allowPrivate allows it`);
    const host = parsed.hostname.replace(/^\[|\]$/g, "");
    if (host === "localhost" || host.endsWith(".localhost") || (isIP(host) !== 0 && isPrivateAddress(host)))
      throw new InputError(`${parsed.origin} is a private address: webhooks.allowPrivate allows it`);
    return parsed;
  }

  /** Resolves with whatever status came back; rejects when none did. */
  async send({ webhook, id, type, body, nowUs }: WebhookCall): Promise<WebhookAnswer> {
    const url = this.check(webhook.url);
    const bytes = Buffer.from(body);
    const headers = {
      "content-type": "application/json",
      "content-length": bytes.length,
      "user-agent": "tactus",
      "tactus-event": type,
      ...signatureHeaders({ secret: webhook.secret, id, atS: Math.floor(nowUs / 1e6), body }),
    };
    const lookup = this.#options.allowPrivate ? undefined : publicLookup;
    // No agent: the address that is checked is the one that is connected to.
    const options: RequestOptions = { method: "POST", headers, agent: false, ...(lookup ? { lookup } : {}) };
    return this.#exchange(url, options, bytes);
  }

  #exchange(url: URL, options: RequestOptions, bytes: Buffer): Promise<WebhookAnswer> {
    const { timeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, options);
      const timer = setTimeout(() => request.destroy(new Error(`No answer within ${timeoutMs} ms`)), timeoutMs);
      request.once("response", (response) => {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, retryAfterS: retryAfterOf(response.headers["retry-after"]) });
        // The status says it all: what else comes is not read.
        response.destroy();
      });
      request.on("error", (error) => {
        clearTimeout(timer);
        reject(error);
      });
      request.end(bytes);
    });
  }
}

/** Looks the name up once, and refuses it when any of its addresses is private. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, "");
    const bad = addresses.find(({ address }) => isPrivateAddress(address));
    if (bad) return callback(new Error(`${hostname} is the private address ${bad.address}`), "");
    if (options.all) return callback(null, addresses);
    const [first] = addresses;
    return callback(first ? null : new Error(`${hostname} has no address`), first?.address ?? "", first?.family);
  });
};

function retryAfterOf(header: string | undefined): number {
  const seconds = Number(header);
  return Number.isFinite(seconds) ? Math.min(MAX_RETRY_AFTER_S, Math.max(0, seconds)) : 0;
}
