/** The machine's serial ports: which boards could be at them, and how to open one. */
import { UnavailableError } from "@tactus/shared";
import type { SerialPort } from "serialport";

export interface BoardPort {
  path: string;
  /** What the USB identity says, in words; empty for a port that says nothing. */
  board: string;
  /** A board of this kind usually runs, for flashing; undefined where the adapter does not tell. */
  kind: "avr" | "rp2040" | undefined;
  /** Its USB identity is one that boards have. Others may be a printer or a meter: nobody is greeted there unasked. */
  isKnown: boolean;
}

/** USB vendor:product, lower case, into what it usually is. An adapter may sit on any board. */
const KNOWN: Record<string, [board: string, kind: BoardPort["kind"]]> = {
  "2341:0043": ["Arduino Uno", "avr"],
  "2341:0001": ["Arduino Uno", "avr"],
  "2341:0243": ["Arduino Uno", "avr"],
  "2a03:0043": ["Arduino Uno", "avr"],
  "1a86:7523": ["CH340 adapter (Nano and Uno clones)", "avr"],
  "1a86:5523": ["CH341 adapter (Nano and Uno clones)", "avr"],
  "0403:6001": ["FTDI FT232 adapter (older Nano)", "avr"],
  "0403:6015": ["FTDI FT231X adapter", undefined],
  "10c4:ea60": ["CP210x adapter", undefined],
  "2e8a:000c": ["Raspberry Pi Debug Probe", "rp2040"],
  "2e8a:0004": ["Picoprobe", "rp2040"],
  "2e8a:000a": ["Raspberry Pi Pico", "rp2040"],
};

/** Known boards first, then other USB ports; ports without a USB identity are left out. */
export async function listBoardPorts(): Promise<BoardPort[]> {
  const { SerialPort: Port } = await loadSerialPort();
  // Without udev (in a container) nothing can be listed; a path still works.
  const ports = await Port.list().catch(() => []);
  const boards = ports
    .filter(({ vendorId, productId }) => vendorId && productId)
    .map(({ path, vendorId, productId, manufacturer }): BoardPort => {
      const known = KNOWN[`${vendorId}:${productId}`.toLowerCase()];
      const [board, kind] = known ?? [manufacturer ?? "", undefined];
      return { path, board, kind, isKnown: known !== undefined };
    });
  return boards.sort((a, b) => Number(b.isKnown) - Number(a.isKnown));
}

/** The native part is loaded when it is needed. Throws UnavailableError where there is none for this machine. */
export async function loadSerialPort(): Promise<typeof import("serialport")> {
  try {
    return await import("serialport");
  } catch (cause) {
    throw new UnavailableError("Serial ports need the package serialport, which has no build for this machine", {
      cause,
    });
  }
}

/** 8N1. Rejects with the system's error. */
export async function openPort({ path, baud }: { path: string; baud: number }): Promise<SerialPort> {
  const { SerialPort: Port } = await loadSerialPort();
  const port = new Port({ path, baudRate: baud, autoOpen: false });
  await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
  return port;
}

/** Why a port does not open, and what to do about it. */
export function openTrouble(path: string, message: string): string {
  if (/permission|EACCES/i.test(message))
    return `No permission for ${path}: add this user to the group dialout and log in again`;
  if (/lock|busy|EBUSY|temporarily unavailable/i.test(message)) return `${path} is in use: close the other program`;
  if (/no such file|ENOENT|file not found/i.test(message)) return `${path} is not there: plug the board in`;
  return `${path} does not open: ${message}`;
}
