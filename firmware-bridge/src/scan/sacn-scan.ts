/** The local network into the sACN sources in it: what they list, and what they are seen to send. */
import type { Socket } from "node:dgram";
import { setTimeout } from "node:timers/promises";
import { listeningAddresses } from "../local-interface.js";
import { DISCOVERY_UNIVERSE, decodeSacn, multicastAddress, SACN_PORT } from "../outputs/sacn/sacn-packet.js";
import { closeUdpSocket, joinGroups, openUdpSocket } from "../udp-socket.js";
import type { ScanResult } from "./scan-result.js";
import { sacnSuggestion } from "./suggestions.js";

/** Sources that list nothing are seen when they send one of the first universes. */
const WATCHED_UNIVERSES = 18;
/** A stranger can invent sources. */
const MAX_SOURCES = 256;

interface Source {
  name: string;
  address: string;
  listed: Set<number>;
  sent: Set<number>;
  priorities: Set<number>;
}

/** Sources list their universes every 10 s: a shorter scan may miss some. Throws UnavailableError without UDP port 5568 or without multicast. */
export async function scanSacn(options: { seconds: number; interfaceAddress?: string }): Promise<ScanResult[]> {
  const sources = new Map<string, Source>();
  const socket = await openUdpSocket({ port: SACN_PORT, shared: true });
  let helpers: Socket[] = [];
  try {
    socket.on("error", () => {}); // of one packet
    socket.on("message", (bytes, { address }) => heard(sources, bytes, address));
    const watched = Array.from({ length: WATCHED_UNIVERSES }, (_, i) => i + 1);
    const groups = [DISCOVERY_UNIVERSE, ...watched].map(multicastAddress);
    const interfaceAddresses = listeningAddresses(options.interfaceAddress);
    helpers = await joinGroups(socket, { groups, interfaceAddresses });
    await setTimeout(options.seconds * 1000);
  } finally {
    await Promise.all([socket, ...helpers].map(closeUdpSocket));
  }
  return [...sources.values()].map(described);
}

function heard(sources: Map<string, Source>, bytes: Uint8Array, address: string): void {
  const packet = decodeSacn(bytes);
  if (!packet || packet.kind === "sync") return;
  if (!sources.has(packet.cid) && sources.size >= MAX_SOURCES) return;
  const source = sources.get(packet.cid) ?? newSource();
  sources.set(packet.cid, source);
  source.name = packet.sourceName;
  source.address = address;
  if (packet.kind === "discovery") for (const universe of packet.universes) source.listed.add(universe);
  else if (!packet.terminated) {
    source.sent.add(packet.universe);
    source.priorities.add(packet.priority);
  }
}

function newSource(): Source {
  return { name: "", address: "", listed: new Set(), sent: new Set(), priorities: new Set() };
}

function described({ name, address, listed, sent, priorities }: Source): ScanResult {
  const universes = [...new Set([...listed, ...sent])].sort((a, b) => a - b);
  const seen = priorities.size > 0 ? `, priority ${[...priorities].sort((a, b) => a - b).join(" and ")}` : "";
  return {
    kind: "sacn",
    name: name || address,
    address,
    detail: `source, sends universe ${universes.join(", ") || "none"}${seen}`,
    suggestion: sacnSuggestion(universes),
  };
}
