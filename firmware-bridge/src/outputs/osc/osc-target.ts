/** One receiver of OSC packets: contract of the UDP and the TCP target. */
import type { OutputHealth } from "../output.js";

export interface OscTarget {
  /** Host, port and transport, for people. */
  readonly label: string;
  /** Never rejects because of the receiver: it may be switched on later. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Never throws, never waits; counts what could not leave. */
  send(packet: Uint8Array): void;
  health(): Pick<OutputHealth, "receiving" | "sent" | "errors" | "lastError">;
}

export interface OscTargetOptions {
  host: string;
  port: number;
  /** Packets can leave from now on; again after every reconnection. */
  onOpen(): void;
  /** Bytes of one packet that came back from the receiver. */
  onPacket(packet: Uint8Array): void;
  log: { info(text: string): void; warn(text: string): void };
}
