/** A service type into the hosts that advertise it on the local network (RFC 6762, RFC 6763), as they come and go. */

import type { EventEmitter } from "node:events";
import { isIPv4 } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { UnavailableError } from "@tactus/shared";
import { Bonjour, type Service, type ServiceConfig } from "bonjour-service";
import { addressOfInterface } from "./local-interface.js";

/** A question is repeated after 1, 2, 4 … seconds, at most this far apart [RFC 6762, 5.2]. */
const LONGEST_PAUSE_MS = 60_000;

/** A host that offers the service. */
export interface FoundService {
  /** What its owner called it. */
  name: string;
  /** The IPv4 address it answered from, or its first. */
  address: string;
  /** All its IPv4 addresses, `address` first: not all of them need be reachable from here. */
  addresses: readonly string[];
  port: number;
}

export interface BrowseOptions {
  /** Without underscores and protocol: `os2l` for `_os2l._tcp`. */
  type: string;
  /** Interface to ask on, by name or IPv4 address; all when left out. */
  interface?: string | undefined;
  onUp(service: FoundService): void;
  onDown?(service: FoundService): void;
  /** Multicast DNS is not to be had; the reason. */
  onFailure(text: string): void;
}

/** Browses until the returned function is called. Throws UnavailableError for an interface that is not there. */
export function browseServices(options: BrowseOptions): () => void {
  const address = addressOfInterface(options.interface);
  // Without `bind` the socket is bound to the interface's address, and multicast never arrives there.
  const network = address ? { interface: address, bind: "0.0.0.0" } : {};
  const fail = (error: Error) => options.onFailure(`DNS-SD: ${error.message}: name the host instead of browsing`);
  const bonjour = new Bonjour(network as Partial<ServiceConfig>, fail);
  // Its types hide the socket, which would end the process when port 5353 cannot be shared.
  const { mdns } = (bonjour as unknown as { server: { mdns: EventEmitter } }).server;
  mdns.on("error", fail);
  mdns.on("warning", () => {}); // a malformed packet of somebody else
  const browser = bonjour.find({ type: options.type });
  browser.on("up", (service) => told(service, options.onUp));
  browser.on("srv-update", (service) => told(service, options.onUp));
  browser.on("down", (service) => told(service, options.onDown));
  let pauseMs = 1_000;
  const ask = () => {
    browser.update();
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    timer = setTimeout(ask, pauseMs).unref();
  };
  let timer = setTimeout(ask, pauseMs).unref();
  return () => {
    clearTimeout(timer);
    browser.stop();
    bonjour.destroy();
  };
}

function told(service: Service, tell: ((service: FoundService) => void) | undefined): void {
  const answeredFrom = service.referer?.address;
  const listed = (service.addresses ?? []).filter((candidate) => isIPv4(candidate));
  const isListed = answeredFrom !== undefined && (listed.length === 0 || listed.includes(answeredFrom));
  const addresses = [...new Set([...(isListed ? [answeredFrom] : []), ...listed])];
  const [address] = addresses;
  if (tell && address) tell({ name: service.name, address, addresses, port: service.port });
}

/**
 * Browses for `seconds` and gives what came up, each service once. Throws UnavailableError when multicast DNS is not to be had
 * and nothing was found.
 */
export async function servicesWithin(options: {
  type: string;
  seconds: number;
  interfaceAddress?: string;
}): Promise<FoundService[]> {
  const found = new Map<string, FoundService>();
  let trouble = "";
  const stop = browseServices({
    type: options.type,
    interface: options.interfaceAddress,
    onUp: (service) => void found.set(`${service.name} ${service.address}:${service.port}`, service),
    onFailure: (text) => {
      trouble = text;
    },
  });
  try {
    await sleep(options.seconds * 1000);
  } finally {
    stop();
  }
  if (found.size === 0 && trouble) throw new UnavailableError(trouble);
  return [...found.values()];
}
