/** A serial port into what the board at its other end says of itself. */
import { FrameSplitter } from "./outputs/serial/frame-splitter.js";
import { encodeFrame, PROTOCOL, type TactusFrame } from "./outputs/serial/tactus-frame-packet.js";
import { openPort } from "./serial-ports.js";

const HELLO_MS = 250;

export type Welcome = TactusFrame & { type: "welcome" };

/**
 * Greets for `seconds`; a board that resets when its port is opened takes two. Undefined when nobody answers in our protocol.
 * Rejects when the port does not open.
 */
export async function greetBoard(options: {
  path: string;
  baud: number;
  seconds: number;
}): Promise<Welcome | undefined> {
  const port = await openPort(options);
  const splitter = new FrameSplitter();
  let counter = 0;
  const greet = () =>
    port.write(encodeFrame({ type: "hello", ...PROTOCOL }, { counter: counter++ & 0xff, sentAtUs: 0 }));
  const timer = setInterval(greet, HELLO_MS);
  greet();
  try {
    return await new Promise<Welcome | undefined>((resolve) => {
      setTimeout(resolve, options.seconds * 1000, undefined);
      port.on("close", () => resolve(undefined));
      port.on("error", () => resolve(undefined));
      port.on("data", (bytes: Buffer) => {
        for (const frame of splitter.push(bytes)) if (frame.type === "welcome") resolve(frame);
      });
    });
  } finally {
    clearInterval(timer);
    if (port.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()));
  }
}
