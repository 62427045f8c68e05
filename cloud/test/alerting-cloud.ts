/** A cloud that tells a receiver and a mail server beside it, both real, both on this machine. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createLog, loadConfig, type RunningCloud, startCloud } from "@tactus/cloud";
import { SMTPServer } from "smtp-server";
import { passwordIn } from "./cloud-under-test.js";

export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

/** Keeps what it is sent; answers with `status`, which a test may change. */
export class HookReceiver {
  readonly received: Received[] = [];
  status = 200;
  responseHeaders: Record<string, string> = {};
  port = 0;
  #server: Server | undefined;

  get url(): string {
    return `http://127.0.0.1:${this.port}/hooks/s3cret-path`;
  }

  async start(): Promise<this> {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        this.received.push({ headers: request.headers, body: Buffer.concat(chunks).toString("utf8") });
        response.writeHead(this.status, this.responseHeaders).end("seen");
      });
    });
    const server = this.#server;
    await new Promise<void>((resolve) => server.listen(this.port, "127.0.0.1", resolve));
    this.port = (server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise<void>((resolve) => this.#server?.close(() => resolve()) ?? resolve());
  }
}

export interface ReceivedMail {
  headers: Map<string, string>;
  text: string;
  to: string[];
  secure: boolean;
  user: unknown;
}

/** Takes mail only after STARTTLS and a login. */
export class MailReceiver {
  readonly mails: ReceivedMail[] = [];
  port = 0;
  readonly caFile: string;
  readonly passwordFile: string;
  readonly #server: SMTPServer;

  constructor(folder: string) {
    this.caFile = join(folder, "mail-ca.pem");
    const keyFile = join(folder, "mail-key.pem");
    this.passwordFile = join(folder, "mail-password");
    writeFileSync(this.passwordFile, "correct horse\n", { mode: 0o600 });
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", keyFile];
    execFileSync("openssl", ["req", "-x509", ...key, "-out", this.caFile, "-days", "2", ...subject], {
      stdio: "ignore",
    });
    this.#server = new SMTPServer({
      key: readFileSync(keyFile),
      cert: readFileSync(this.caFile),
      logger: false,
      onAuth: ({ username, password }, _session, done) =>
        username === "tactus" && password === "correct horse" ? done(null, { user: username }) : done(new Error("no")),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", () => {
          const to = session.envelope.rcptTo.map(({ address }) => address);
          this.mails.push({
            ...parsed(Buffer.concat(chunks).toString("utf8")),
            to,
            secure: session.secure,
            user: session.user,
          });
          done();
        });
      },
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.port = (this.#server.server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** RFC 5322 headers, unfolded, and a body in 7 bits or quoted-printable. */
function parsed(raw: string): Pick<ReceivedMail, "headers" | "text"> {
  const split = raw.indexOf("\r\n\r\n");
  const lines = raw
    .slice(0, split)
    .replace(/\r\n[ \t]+/g, " ")
    .split("\r\n");
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 2)]),
  );
  const body = raw.slice(split + 4);
  const isQuoted = headers.get("content-transfer-encoding") === "quoted-printable";
  const bytes = isQuoted
    ? body
        .replace(/=\r\n/g, "")
        .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : body;
  return {
    headers,
    text: Buffer.from(bytes, isQuoted ? "latin1" : "utf8")
      .toString("utf8")
      .replace(/\r\n/g, "\n"),
  };
}

export interface AlertingOptions {
  dataDir: string;
  mail?: MailReceiver | undefined;
  graceS?: number;
  giveUpHours?: number;
  allowPrivate?: boolean;
}

/** Path of a configuration with short waits. */
export function alertingConfig({
  dataDir,
  mail,
  graceS = 1,
  giveUpHours = 1,
  allowPrivate = true,
}: AlertingOptions): string {
  const file = join(dataDir, "cloud.yaml");
  const { port, passwordFile, caFile } = mail ?? {};
  const smtp = {
    host: "127.0.0.1",
    port,
    user: "tactus",
    passwordFile,
    caFile,
    from: "Tactus <box@example.org>",
    to: ["ada@example.org"],
    everyS: 0,
  };
  const config = {
    dataDir,
    http: { port: 0 },
    mqtt: { port: 0 },
    alerts: { graceS, foldS: 0 },
    webhooks: { allowPrivate, retryBaseS: 0.2, giveUpHours, timeoutMs: 3000 },
    ...(mail ? { smtp } : {}),
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

export interface AlertingCloud extends RunningCloud {
  /** With the admin token; throws when the status is not 2xx. */
  ask<T>(method: string, path: string, body?: object): Promise<T>;
  /** Status, whatever it is. */
  statusOf(method: string, path: string, body?: object | string): Promise<number>;
  passwordOf(id: string): Promise<string>;
}

export async function startAlerting(options: AlertingOptions): Promise<AlertingCloud> {
  const config = await loadConfig(alertingConfig(options));
  const cloud = await startCloud(config, { log: createLog("silent"), onFatal: (error) => console.error(error) });
  const send = (method: string, path: string, body?: object | string) =>
    fetch(`${cloud.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${cloud.adminToken}`,
        "content-type": "application/json",
        "tactus-operator": "Ada",
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  return {
    ...cloud,
    async ask<T>(method: string, path: string, body?: object) {
      const response = await send(method, path, body);
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
      return (response.status === 204 ? undefined : await response.json()) as T;
    },
    statusOf: async (method, path, body) => (await send(method, path, body)).status,
    passwordOf: (id) =>
      passwordIn(options.dataDir, id, async () => {
        const [login] = await cloud.identity.provision([{ device: id, name: "", tags: [], by: "test" }], {
          replace: true,
        });
        return login?.password ?? "";
      }),
  };
}

/** Alerts come and go at once. */
export const AT_ONCE = { forS: 0, clearForS: 0, cooldownS: 0 };
