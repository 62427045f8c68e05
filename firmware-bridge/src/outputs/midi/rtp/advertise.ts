/** A session's name and port into a DNS-SD service that macOS and Windows list (`_apple-midi._udp`). */
import type { EventEmitter } from "node:events";
import { Bonjour, type ServiceConfig } from "bonjour-service";

export interface AdvertiseOptions {
  name: string;
  port: number;
  /** IPv4 address of the interface; 0.0.0.0 = all. */
  address: string;
  /** Multicast DNS is not to be had; the session works without. */
  onFailure(text: string): void;
}

/** Advertises until the returned function is called. */
export function advertiseSession({ name, port, address, onFailure }: AdvertiseOptions): () => Promise<void> {
  // Without `bind` the socket is bound to the interface's address, and multicast never arrives there.
  const network = address === "0.0.0.0" ? {} : { interface: address, bind: "0.0.0.0" };
  const fail = (error: Error) => onFailure(`Not announced by DNS-SD: ${error.message}`);
  const bonjour = new Bonjour(network as Partial<ServiceConfig>, fail);
  // Its types hide the socket, whose errors would end the process.
  const { mdns } = (bonjour as unknown as { server: { mdns: EventEmitter } }).server;
  mdns.on("error", fail);
  mdns.on("warning", () => {}); // a malformed packet of somebody else
  bonjour.publish({ name, type: "apple-midi", protocol: "udp", port });
  return async () => {
    await new Promise<void>((resolve) => bonjour.unpublishAll(() => resolve()));
    bonjour.destroy();
  };
}
