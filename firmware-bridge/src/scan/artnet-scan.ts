/** The local network into the Art-Net nodes that answer a poll, with the universes each shows and sends. */
import { setTimeout } from "node:timers/promises";
import { ArtnetDiscovery, type ArtnetNode } from "../outputs/artnet/artnet-discovery.js";
import { describeUniverse } from "../outputs/artnet/artnet-packet.js";
import { artnetPort } from "../outputs/artnet/artnet-port.js";
import type { ScanResult } from "./scan-result.js";
import { artnetSuggestion } from "./suggestions.js";

/** Polls for `seconds` (a node may take 3 s to answer). Throws UnavailableError when UDP port 6454 is not to be had. */
export async function scanArtnet(options: { seconds: number; interfaceAddress?: string }): Promise<ScanResult[]> {
  const { seconds, interfaceAddress } = options;
  const now = () => performance.now() / 1000;
  const discovery = new ArtnetDiscovery({ port: artnetPort, now, interfaceAddress });
  await discovery.start();
  try {
    await setTimeout(seconds * 1000);
    const nodes = discovery.nodes();
    const addresses = [...new Set(nodes.map(({ from }) => from))];
    return addresses.map((address) =>
      described(
        address,
        nodes.filter(({ from }) => from === address),
      ),
    );
  } finally {
    await discovery.stop();
  }
}

/** A node with more than four ports sends several replies. */
function described(address: string, replies: ArtnetNode[]): ScanResult {
  const outputs = numbers(replies.flatMap((reply) => reply.outputs));
  const inputs = numbers(replies.flatMap((reply) => reply.inputs));
  const [first] = replies;
  const shows = outputs.length > 0 ? [`shows universe ${outputs.map(withAddress).join(", ")}`] : [];
  const sends = inputs.length > 0 ? [`sends universe ${inputs.map(withAddress).join(", ")}`] : [];
  return {
    kind: "artnet",
    name: first?.longName || first?.shortName || address,
    address,
    detail: [...shows, ...sends].join("; ") || "no ports: a controller",
    suggestion: artnetSuggestion(outputs),
  };
}

const numbers = (universes: number[]): number[] => [...new Set(universes)].sort((a, b) => a - b);
const withAddress = (universe: number): string => `${universe} (${describeUniverse(universe)})`;
