/** The local network into the lighting programs that listen for OS2L. */
import { setTimeout } from "node:timers/promises";
import { UnavailableError } from "@tactus/shared";
import { browseServices, type FoundService } from "../dns-sd.js";
import type { ScanResult } from "./scan-result.js";

/** Browses `_os2l._tcp` for `seconds`. Throws UnavailableError when multicast DNS is not to be had. */
export async function scanOs2l(options: { seconds: number; interfaceAddress?: string }): Promise<ScanResult[]> {
  const found = new Map<string, FoundService>();
  let trouble = "";
  const stop = browseServices({
    type: "os2l",
    interface: options.interfaceAddress,
    onUp: (service) => void found.set(`${service.name} ${service.address}:${service.port}`, service),
    onFailure: (text) => {
      trouble = text;
    },
  });
  try {
    await setTimeout(options.seconds * 1000);
  } finally {
    stop();
  }
  if (found.size === 0 && trouble) throw new UnavailableError(trouble);
  return [...found.values()].map(({ name, address, port }) => ({
    kind: "os2l",
    name,
    address: `${address}:${port}`,
    detail: "lighting program, advertises _os2l._tcp",
    suggestion: `type: os2l\nhost: ${address}\nport: ${port}`,
  }));
}
