/** The machine's serial ports into the boards at them, with what each answers to a greeting. */
import { greetBoard, type Welcome } from "../serial-hello.js";
import { type BoardPort, listBoardPorts, openTrouble } from "../serial-ports.js";
import type { ScanResult } from "./scan-result.js";
import { serialSuggestion } from "./suggestions.js";

const BAUD = 115_200;

export interface SerialScanOptions {
  seconds: number;
  interfaceAddress?: string;
  /** Looked at too, whatever their USB identity. */
  ports?: readonly string[];
}

/** Greets the known boards all at once for `seconds`. Those without our firmware are listed with how to use them. */
export async function scanSerial({ seconds, ports = [] }: SerialScanOptions): Promise<ScanResult[]> {
  const listed = await listBoardPorts();
  const named = ports.filter((path) => !listed.some((port) => port.path === path));
  const all = [...listed, ...named.map((path): BoardPort => ({ path, board: "", kind: undefined, isKnown: true }))];
  return Promise.all(all.map((port) => lookAt(port, seconds)));
}

async function lookAt({ path, board, kind, isKnown }: BoardPort, seconds: number): Promise<ScanResult> {
  const name = board || "serial port";
  const suggestion = serialSuggestion(path);
  if (!isKnown) {
    const detail = "not greeted, since it may be something else than a board";
    return { kind: "serial", name, address: path, detail, suggestion };
  }
  try {
    const welcome = await greetBoard({ path, baud: BAUD, seconds });
    if (welcome)
      return { kind: "serial", name: `${welcome.board} board`, address: path, detail: words(welcome), suggestion };
  } catch (error) {
    const detail = openTrouble(path, (error as Error).message);
    return { kind: "serial", name, address: path, detail, suggestion };
  }
  const flash = `tactus bridge flash --port ${path}${kind ? ` --board ${kind}` : ""}`;
  const detail = `no Tactus firmware answers at ${BAUD} baud: "${flash}", or use protocol adalight or tpm2`;
  return { kind: "serial", name, address: path, detail, suggestion };
}

function words({ version, pixels, major }: Welcome): string {
  return `Tactus firmware ${version} (protocol ${major}), ${pixels} pixels`;
}
