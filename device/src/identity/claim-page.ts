/** The box's own small page: the claim code, who the box is and how it is, for whoever knows the pairing code. */
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { UnavailableError } from "@tactus/shared";

export interface ClaimPageOptions {
  host: string;
  /** 0 = any free one. */
  port: number;
  /** Who shows this, as the password, may look. */
  pairingCode: string;
  /** Lines of the page: what, and how it is. */
  facts(): [string, string][];
  /** The code that holds now, and for how many seconds; undefined = none. */
  code(): { code: string; validForS: number } | undefined;
  /** Any clock, seconds. */
  monotonic(): number;
}

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:32rem;padding:0 1rem;background:#111;color:#eee}" +
  "b{font:700 2.5rem ui-monospace,monospace;letter-spacing:.1em;display:block}th{text-align:left;padding-right:1rem}";
const SECURITY = {
  "content-security-policy": `default-src 'none'; style-src 'sha256-${sha256(STYLE).toString("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  "x-frame-options": "DENY",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};
/** Wrong tries from everywhere within a minute, before all are refused until it is over. */
const MAX_WRONG = 10;
const WINDOW_S = 60;

export class ClaimPage {
  readonly #options: ClaimPageOptions;
  #server: Server | undefined;
  #wrong = 0;
  #since = Number.NEGATIVE_INFINITY;

  constructor(options: ClaimPageOptions) {
    this.#options = options;
  }

  /** Resolves with the port. Rejects with UnavailableError when it cannot be had. */
  start(): Promise<number> {
    const { host, port } = this.#options;
    const server = createServer({ requestTimeout: 10_000 }, (request, response) => this.#answer(request, response));
    server.maxConnections = 32;
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once("error", (cause) =>
        reject(new UnavailableError(`Port ${port} of the box's page cannot be had: ${cause.message}`, { cause })),
      );
      server.listen(port, host, () => {
        const bound = server.address();
        resolve(typeof bound === "object" && bound ? bound.port : port);
      });
    });
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => (this.#server?.listening ? this.#server.close(resolve) : resolve(undefined)));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const refuse = (status: number, text: string, headers = {}) =>
      response.writeHead(status, { ...SECURITY, ...headers, "content-type": "text/plain; charset=utf-8" }).end(text);
    if (request.method !== "GET" && request.method !== "HEAD") return void refuse(405, "Only for looking\n");
    if (this.#isShut()) return void refuse(429, "Too many wrong codes: wait a minute\n");
    if (!this.#knows(request.headers.authorization)) {
      const challenge = 'Basic realm="This box: any name, the pairing code as password", charset="UTF-8"';
      return void refuse(401, "The pairing code is needed\n", { "www-authenticate": challenge });
    }
    if (request.url !== "/") return void refuse(404, "There is only one page\n");
    response
      .writeHead(200, { ...SECURITY, "content-type": "text/html; charset=utf-8", refresh: "10" })
      .end(this.#page());
  }

  #isShut(): boolean {
    const now = this.#options.monotonic();
    if (now - this.#since >= WINDOW_S) [this.#since, this.#wrong] = [now, 0];
    return this.#wrong >= MAX_WRONG;
  }

  #knows(authorization = ""): boolean {
    const encoded = /^Basic +([\w+/=-]{1,200})$/i.exec(authorization)?.[1];
    if (encoded === undefined) return false;
    const login = Buffer.from(encoded, "base64").toString("utf8");
    const given = login.slice(login.indexOf(":") + 1);
    const knows = timingSafeEqual(sha256(given), sha256(this.#options.pairingCode));
    if (!knows) this.#wrong++;
    return knows;
  }

  #page(): string {
    const { facts, code } = this.#options;
    const shown = code();
    const claim = shown
      ? `<p>Claim code, for ${Math.max(1, Math.ceil(shown.validForS / 60))} more minutes:<b>${escaped(shown.code)}</b></p>`
      : "";
    const rows = facts().map(([what, how]) => `<tr><th>${escaped(what)}</th><td>${escaped(how)}</td></tr>`);
    return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Tactus</title><style>${STYLE}</style><h1>Tactus</h1>${claim}<table>${rows.join("")}</table></html>`;
  }
}

function escaped(text: string): string {
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (one) => names[one] ?? one);
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
