/** `tactus bridge scan`: the local network into a list of what could be lit, each with the lines that would do so. */
import { addressOfInterface } from "./local-interface.js";
import { scanArtnet } from "./scan/artnet-scan.js";
import { scanOs2l } from "./scan/os2l-scan.js";
import { scanSacn } from "./scan/sacn-scan.js";
import type { ScanResult } from "./scan/scan-result.js";
import { scanSerial } from "./scan/serial-scan.js";
import { scanWled } from "./scan/wled-scan.js";

export interface ScanOptions {
  /** How long to listen. */
  seconds: number;
  /** Name (`eth0`) or IPv4 address of the network to look on; left out = all. */
  interface?: string | undefined;
}

const SCANS = { artnet: scanArtnet, sacn: scanSacn, os2l: scanOs2l, wled: scanWled, serial: scanSerial } as const;

/** All at once. Throws UnavailableError when there is no such interface. What cannot be scanned is told in `failures`, and does not hide the rest. */
export async function scanAll(options: ScanOptions): Promise<{ found: ScanResult[]; failures: string[] }> {
  const kinds = Object.entries(SCANS);
  const { seconds, interface: wanted } = options;
  const interfaceAddress = addressOfInterface(wanted);
  const on = { seconds, ...(interfaceAddress === undefined ? {} : { interfaceAddress }) };
  const settled = await Promise.allSettled(kinds.map(([, scan]) => scan(on)));
  const found = settled.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
  const failures = settled.flatMap((one, index) =>
    one.status === "rejected" ? [`${kinds[index]?.[0]}: ${(one.reason as Error).message}`] : [],
  );
  return { found, failures };
}

export function printScan({ found, failures }: Awaited<ReturnType<typeof scanAll>>, print: (line: string) => void) {
  if (found.length === 0) print("Nothing answered: is this machine on the lights' network?");
  for (const { kind, name, address, detail, suggestion } of found) {
    print(`${kind.padEnd(8)} ${name}  ${address}  ${detail}`);
    for (const line of suggestion.trimEnd().split("\n")) print(`         ${line}`);
  }
  for (const failure of failures) print(`not scanned, ${failure}`);
}
