/** The machine's serial ports into the boards that could be at them. */
import { UnavailableError } from "@tactus/shared";

export interface BoardPort {
  path: string;
  /** What the USB identity says, in words; empty for a port that says nothing. */
  board: string;
  /** A board of this kind usually runs, for flashing; undefined where the adapter does not tell. */
  kind: "avr" | "rp2040" | undefined;
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
  const { SerialPort } = await loadSerialPort();
  // Without udev (in a container) nothing can be listed; a path still works.
  const ports = await SerialPort.list().catch(() => []);
  const boards = ports
    .filter(({ vendorId, productId }) => vendorId && productId)
    .map(({ path, vendorId, productId, manufacturer }): BoardPort => {
      const [board, kind] = KNOWN[`${vendorId}:${productId}`.toLowerCase()] ?? [manufacturer ?? "", undefined];
      return { path, board, kind };
    });
  return boards.sort((a, b) => Number(b.kind !== undefined) - Number(a.kind !== undefined));
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
