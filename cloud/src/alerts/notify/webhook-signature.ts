/** A webhook's secret, id, time and body into its headers, by the Standard Webhooks specification 1.0. Pure. */
import { createHmac } from "node:crypto";

export interface SignedParts {
  /** "whsec_" and base64. */
  secret: string;
  id: string;
  atS: number;
  body: string;
}

/** The time is signed too: a receiver refuses what is older than some minutes, and with it a replay. */
export function signatureHeaders({ secret, id, atS, body }: SignedParts): Record<string, string> {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${atS}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": String(atS), "webhook-signature": `v1,${signature}` };
}
