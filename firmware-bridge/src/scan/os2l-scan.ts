/** The local network into the lighting programs that listen for OS2L. */
import { servicesWithin } from "../dns-sd.js";
import type { ScanResult } from "./scan-result.js";
import { os2lSuggestion } from "./suggestions.js";

/** Browses `_os2l._tcp` for `seconds`. Throws UnavailableError when multicast DNS is not to be had. */
export async function scanOs2l(options: { seconds: number; interfaceAddress?: string }): Promise<ScanResult[]> {
  const found = await servicesWithin({ type: "os2l", ...options });
  return found.map(({ name, address, port }) => ({
    kind: "os2l",
    name,
    address: `${address}:${port}`,
    detail: "lighting program, advertises _os2l._tcp",
    suggestion: os2lSuggestion({ address, port }),
  }));
}
