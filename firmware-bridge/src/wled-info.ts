/** What a WLED says about itself (`/json/info`) into its name and whether sound sync reaches it. */
import { z } from "zod";

/** Enough for any build; more is not read. */
const MAX_BYTES = 64 * 1024;
const TIMEOUT_MS = 2_000;

const Info = z.object({
  name: z.string().catch(""),
  ver: z.string().catch(""),
  leds: z.object({ count: z.number().catch(0) }).catch({ count: 0 }),
  /** Lines of the info page by usermod, values in words and HTML. */
  u: z.record(z.string(), z.unknown()).catch({}),
});

export interface WledInfo {
  name: string;
  version: string;
  ledCount: number;
  /** `off`: sound sync is not set to receive; `none`: this build has no AudioReactive usermod. */
  soundSync: "receiving" | "waiting" | "off" | "none";
}

/** Undefined when it is no WLED's answer. */
export function parseWledInfo(text: string): WledInfo | undefined {
  if (text.length > MAX_BYTES) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const result = Info.safeParse(value);
  if (!result.success || !result.data.ver) return undefined;
  const { name, ver, leds, u } = result.data;
  return { name, version: ver, ledCount: leds.count, soundSync: soundSyncOf(u) };
}

/** The line reads "receive mode v2" while packets of version 2 come, "receive mode" while none do; other builds say "receiving". */
function soundSyncOf(lines: Record<string, unknown>): WledInfo["soundSync"] {
  const line = lines["UDP Sound Sync"] ?? lines["Sound Sync"];
  if (line === undefined) return "AudioReactive" in lines ? "off" : "none";
  const text = (Array.isArray(line) ? line.join(" ") : String(line)).toLowerCase();
  if (/\breceiving\b|\breceive\b.*\bv\d/.test(text)) return "receiving";
  return /receive|idle|no server|unconnected/.test(text) ? "waiting" : "off";
}

/** Asks a controller. Rejects with an Error that says why there was no answer. `host` may hold a port. */
export async function fetchWledInfo(host: string, signal?: AbortSignal): Promise<WledInfo> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(`http://${host}/json/info`, {
    redirect: "error",
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  });
  const info = response.ok ? parseWledInfo(await limitedText(response)) : undefined;
  if (!info) throw new Error(`${host} answers, but not as a WLED (HTTP ${response.status})`);
  return info;
}

async function limitedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_BYTES) break; // ends the download
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
