/** A box as the claim routes see it: a key, a serial and a code. */
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { type ClaimAnswer, codeText, pollText, registrationText } from "@tactus/shared";

export class ClaimingBox {
  readonly code: string;
  readonly serial: string;
  readonly #keys = generateKeyPairSync("ed25519");
  readonly #url: string;

  constructor(options: { url: string; code?: string; serial?: string }) {
    this.#url = options.url;
    this.code = options.code ?? "ABCD-2345";
    this.serial = options.serial ?? "serial-1";
  }

  get publicKey(): string {
    return this.#keys.publicKey.export({ format: "jwk" }).x ?? "";
  }

  get fingerprint(): string {
    return createHash("sha256").update(Buffer.from(this.publicKey, "base64url")).digest("hex");
  }

  sign(text: string): string {
    return sign(null, Buffer.from(text), this.#keys.privateKey).toString("base64url");
  }

  async challenge(): Promise<string> {
    const answer = await fetch(`${this.#url}/api/v1/claims/challenge`);
    return ((await answer.json()) as { challenge: string }).challenge;
  }

  /** The body of a registration that is right in everything. */
  async body(change: { code?: string; publicKey?: string; challenge?: string } = {}): Promise<Record<string, unknown>> {
    const { code = this.code, publicKey = this.publicKey } = change;
    const codeHash = createHash("sha256").update(codeText(code, publicKey)).digest("hex");
    const challenge = change.challenge ?? (await this.challenge());
    const signed = { serial: this.serial, publicKey, codeHash, challenge };
    return { v: 1, ...signed, signature: this.sign(registrationText(signed)) };
  }

  post(body: unknown): Promise<Response> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const headers = { "content-type": "application/json" };
    return fetch(`${this.#url}/api/v1/claims`, { method: "POST", headers, body: text });
  }

  async register(): Promise<ClaimAnswer> {
    return (await (await this.post(await this.body())).json()) as ClaimAnswer;
  }

  async poll(id: string, by: ClaimingBox = this): Promise<Response> {
    const challenge = await this.challenge();
    const query = new URLSearchParams({ challenge, signature: by.sign(pollText({ id, challenge })) });
    return fetch(`${this.#url}/api/v1/claims/${id}?${query}`);
  }
}

/** The answer of a cloud that knows the box already. */
export function claimed(answer: ClaimAnswer): Extract<ClaimAnswer, { state: "claimed" }> {
  if (answer.state !== "claimed") throw new Error(`The box is ${answer.state}`);
  return answer;
}

export function pending(answer: ClaimAnswer): Extract<ClaimAnswer, { state: "pending" }> {
  if (answer.state !== "pending") throw new Error(`The box is ${answer.state}`);
  return answer;
}
