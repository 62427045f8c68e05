/** `tactus bridge monitor`: what passes on a serial line, in words. */
import { UnavailableError } from "@tactus/shared";
import { FrameSplitter } from "./outputs/serial/frame-splitter.js";
import { frameWords } from "./outputs/serial/frame-words.js";
import { encodeFrame, PROTOCOL, type TactusFrame } from "./outputs/serial/tactus-frame-packet.js";
import { listBoardPorts, openPort, openTrouble } from "./serial-ports.js";

const PING_MS = 1000;

export interface MonitorOptions {
  /** Path; without it the first known board. */
  port?: string;
  /** Bits a second. Default 115 200. */
  baud?: number;
  /**
   * Only listen: for a tap on a line on which a bridge and a board already talk; shows what either says. Otherwise greets the
   * board and pings it once a second.
   */
  listen?: boolean;
  /** Ends it. */
  signal: AbortSignal;
  print: (line: string) => void;
}

/** Until `signal`, or the board is unplugged. Throws UnavailableError when there is no port or it does not open. */
export async function runMonitor(options: MonitorOptions): Promise<void> {
  const { baud = 115_200, listen = false, signal, print } = options;
  const path = options.port ?? (await listBoardPorts()).find(({ isKnown }) => isKnown)?.path;
  if (!path) throw new UnavailableError("No board is plugged in: connect one, or name its port with --port");
  const port = await openPort({ path, baud }).catch((cause: Error) => {
    throw new UnavailableError(openTrouble(path, cause.message), { cause });
  });
  const began = performance.now();
  const tell = (mark: string, text: string) =>
    print(`${((performance.now() - began) / 1000).toFixed(3).padStart(9)} ${mark} ${text}`);
  const splitter = new FrameSplitter();
  let counter = 0;
  let bad = 0;
  const say = (frame: TactusFrame) => {
    tell(">", frameWords(frame));
    const sentAtUs = Math.round(performance.now() * 1000) % 2 ** 32;
    port.write(encodeFrame(frame, { counter: counter++ & 0xff, sentAtUs }));
  };
  const timer = listen ? undefined : setInterval(() => say({ type: "ping" }), PING_MS);
  if (!listen) say({ type: "hello", ...PROTOCOL });
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
    if (signal.aborted) resolve();
    port.on("close", () => resolve());
    port.on("error", (error) => tell("!", error.message));
    port.on("data", (bytes: Buffer) => {
      for (const frame of splitter.push(bytes)) tell("<", frameWords(frame));
      if (splitter.bad > bad)
        tell("!", `${splitter.bad} damaged frames, or something else than frames: is it ${baud} baud?`);
      bad = splitter.bad;
    });
  });
  clearInterval(timer);
  if (port.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()));
}
