/** The local network into the WLED controllers in it, with what each says about sound sync. */
import { type FoundService, servicesWithin } from "../dns-sd.js";
import { fetchWledInfo, type WledInfo } from "../wled-info.js";
import type { ScanResult } from "./scan-result.js";
import { wledSuggestion } from "./suggestions.js";

const HTTP_PORT = 80;

const SOUND_SYNC: Record<WledInfo["soundSync"], string> = {
  receiving: "receives sound sync",
  waiting: "waits for sound sync",
  off: "sound sync is off (Config > Usermods > AudioReactive > Sync: Receive)",
  none: "no AudioReactive usermod: use DDP or sACN",
};

/** Browses `_wled._tcp` for `seconds`, then asks each for its info. Throws UnavailableError without multicast DNS. */
export async function scanWled(options: { seconds: number; interfaceAddress?: string }): Promise<ScanResult[]> {
  const found = await servicesWithin({ type: "wled", ...options });
  return Promise.all(found.map(described));
}

async function described({ name, address, port }: FoundService): Promise<ScanResult> {
  const host = port === HTTP_PORT ? address : `${address}:${port}`;
  const info = await fetchWledInfo(host).catch(() => undefined);
  const detail = info
    ? `WLED ${info.version}, ${info.ledCount} LEDs, ${SOUND_SYNC[info.soundSync]}`
    : "advertises itself, but does not answer over HTTP";
  const suggestion = wledSuggestion(address, info);
  return { kind: "wled", name: info?.name || name, address: host, detail, suggestion };
}
