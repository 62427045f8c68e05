/** One digest into one mail by SMTP. */
import { readFile } from "node:fs/promises";
import { InputError } from "@tactus/shared";
import { createTransport } from "nodemailer";
import type { MailText } from "./mail-text.js";

export interface SmtpOptions {
  host: string;
  port: number;
  secure: boolean;
  requireTls: boolean;
  user?: string | undefined;
  passwordFile?: string | undefined;
  caFile?: string | undefined;
  from: string;
  to: string[];
}

const TIMEOUT_MS = 15_000;

export class MailSender {
  readonly #options: SmtpOptions;

  constructor(options: SmtpOptions) {
    this.#options = options;
  }

  /** `id` names the mail: one that is sent twice shows as one. Rejects when the server has not taken it. */
  async send({ subject, text }: MailText, id: string): Promise<void> {
    const { from, to } = this.#options;
    const transport = await this.#transport();
    try {
      const messageId = `<${id}@tactus>`;
      await transport.sendMail({ from, to, subject, text, messageId, headers: { "Auto-Submitted": "auto-generated" } });
    } finally {
      transport.close();
    }
  }

  /** Password and CA are read each time: they may be renewed while the cloud runs. */
  async #transport() {
    const { host, port, secure, requireTls, user, passwordFile, caFile } = this.#options;
    const pass = passwordFile === undefined ? "" : (await read(passwordFile, "SMTP password")).trim();
    const ca = caFile === undefined ? undefined : await read(caFile, "SMTP CA");
    return createTransport({
      host,
      port,
      secure,
      requireTLS: requireTls && !secure,
      ...(user === undefined ? {} : { auth: { user, pass } }),
      tls: { minVersion: "TLSv1.2", ...(ca === undefined ? {} : { ca }) },
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }
}

async function read(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new InputError(`${what} ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
