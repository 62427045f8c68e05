/** Is the other end of a TLS connection the cloud? Also on a box whose clock shows a time that was long ago. Pure. */
import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";

export interface PeerCheck {
  /** What the other end showed. */
  leaf: X509Certificate;
  /** The authorities this box trusts. */
  authorities: readonly X509Certificate[];
  /** Name or address that this box wanted to reach. */
  host: string;
  /** The wall clock, epoch milliseconds. */
  nowMs: number;
  /** It is certainly not earlier than this: epoch milliseconds. */
  floorMs: number;
}

const SERVER_AUTH = "1.3.6.1.5.5.7.3.1"; // RFC 5280, section 4.2.1.12

/**
 * Why it is not to be trusted; undefined = it is. The time that counts is the later of clock and floor: a clock that lags
 * behind the floor is wrong, and a certificate that had ended by the floor has ended.
 */
export function peerFault({ leaf, authorities, host, nowMs, floorMs }: PeerCheck): string | undefined {
  const atMs = Math.max(nowMs, floorMs);
  const issuer = authorities.find((one) => one.ca && leaf.checkIssued(one) && leaf.verify(one.publicKey));
  if (!issuer) return "The certificate is not by the cloud's own authority";
  const named = isIP(host) ? leaf.checkIP(host) : leaf.checkHost(host, { subject: "never" });
  if (named === undefined) return `The certificate is not for ${host} but for ${leaf.subjectAltName ?? "nobody"}`;
  // Without the extension any use is allowed; `keyUsage` of Node is the extended one.
  if (leaf.keyUsage && !leaf.keyUsage.includes(SERVER_AUTH)) return "The certificate is not one of a server";
  return timeFault("The certificate", leaf, atMs) ?? timeFault("The authority's certificate", issuer, atMs);
}

function timeFault(what: string, { validFrom, validTo }: X509Certificate, atMs: number): string | undefined {
  if (Date.parse(validTo) < atMs) return `${what} ended on ${validTo}`;
  if (Date.parse(validFrom) > atMs)
    return `${what} begins on ${validFrom}, and as far as this box knows that is to come`;
  return undefined;
}
