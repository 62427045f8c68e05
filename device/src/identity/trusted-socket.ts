/** A TLS connection to the cloud that is ended before a byte is sent when the other end is not the cloud. */
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { InputError, UnavailableError } from "@tactus/shared";
import { peerFault } from "./peer-check.js";

export interface Trust {
  /** The cloud's own authority, one or several certificates as PEM; undefined = what the system trusts, by the system's clock. */
  ca: string | undefined;
  /** It is certainly not earlier than this: epoch milliseconds. */
  floorMs: number;
}

export interface TrustedSocketOptions extends Trust {
  host: string;
  port: number;
}

/** Errors come as the socket's own, named by what was wrong. */
export function connectTrusted({ host, port, ca, floorMs }: TrustedSocketOptions): TLSSocket {
  const bare = host.replace(/^\[|\]$/g, "");
  const servername = isIP(bare) ? {} : { servername: bare };
  if (ca === undefined) return connect({ host: bare, port, ...servername });
  const authorities = certificatesIn(ca);
  // Node cannot check at another time than the clock's: all of it is checked below, before anything is written.
  const socket = connect({ host: bare, port, ...servername, rejectUnauthorized: false });
  socket.once("secureConnect", () => {
    const leaf = socket.getPeerX509Certificate();
    const fault = leaf
      ? peerFault({ leaf, authorities, host: bare, nowMs: Date.now(), floorMs })
      : "It shows no certificate";
    if (fault !== undefined) socket.destroy(new UnavailableError(`${bare}:${port} is not the cloud: ${fault}`));
  });
  return socket;
}

/** Throws InputError when there is none. */
export function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new InputError("The cloud's authority is no certificate in PEM");
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (cause) {
    throw new InputError(`The cloud's authority cannot be read: ${(cause as Error).message}`, { cause });
  }
}
