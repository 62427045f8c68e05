/** What a scan found into lines of configuration that work as they are. Pure. */
import type { WledInfo } from "../wled-info.js";

/** Of one ddp output. */
const MAX_PIXELS = 16_384;

/** Without ports it shows nothing: universe 1 is where most rigs begin. */
export function artnetSuggestion(universes: readonly number[]): string {
  return `type: artnet${universes.length > 0 ? `\nuniverses: [${universes.join(", ")}]` : ""}`;
}

export function os2lSuggestion({ address, port }: { address: string; port: number }): string {
  return `type: os2l\nhost: "${address}"\nport: ${port}`;
}

export function sacnSuggestion(universes: readonly number[]): string {
  return `receive:\n  sacn: [${universes.join(", ")}]`;
}

export function serialSuggestion(path: string): string {
  return `type: serial\nport: ${JSON.stringify(path)}`;
}

/** Sound sync where the controller has it, its pixels one by one where it has not. */
export function wledSuggestion(address: string, info: Pick<WledInfo, "ledCount" | "soundSync"> | undefined): string {
  if (info?.soundSync !== "none") return `type: wled\nhosts: ["${address}"]`;
  const pixels = Math.max(1, Math.min(MAX_PIXELS, Math.floor(info.ledCount)));
  return `type: ddp\nhost: "${address}"\nuniverse: 1\npixels: ${pixels}`;
}
