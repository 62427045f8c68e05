/** Two UDP sockets on neighbouring ports: session control below, data above. */
import { createSocket, type Socket } from "node:dgram";
import { UnavailableError } from "@tactus/shared";

/** Tries to find two free neighbours when any will do. */
const TRIES = 20;

export interface UdpPairOptions {
  address: string;
  /** Control port; the data port is the next one. 0 = any free pair. */
  port: number;
  onControl(bytes: Uint8Array, from: { address: string; port: number }): void;
  onData(bytes: Uint8Array, from: { address: string; port: number }): void;
  onError(error: Error): void;
}

export class UdpPair {
  readonly #options: UdpPairOptions;
  #control: Socket | undefined;
  #data: Socket | undefined;

  constructor(options: UdpPairOptions) {
    this.#options = options;
  }

  /** The control port in use. */
  get port(): number {
    return this.#control?.address().port ?? 0;
  }

  /** Rejects with UnavailableError when the ports are taken. */
  async start(): Promise<void> {
    const { address, port } = this.#options;
    for (let left = port === 0 ? TRIES : 1; ; left -= 1) {
      try {
        return await this.#bindBoth();
      } catch (cause) {
        await this.stop();
        if (left > 1) continue;
        const ports = port === 0 ? "no two neighbouring ports are free" : `ports ${port} and ${port + 1} of ${address}`;
        const remedy = "another RTP-MIDI session may run here; set another listen port";
        throw new UnavailableError(`RTP-MIDI needs ${ports}: ${(cause as Error).message}; ${remedy}`, { cause });
      }
    }
  }

  async stop(): Promise<void> {
    await Promise.all([closed(this.#control), closed(this.#data)]);
    this.#control = this.#data = undefined;
  }

  sendControl(bytes: Uint8Array, port: number, address: string): void {
    this.#send(this.#control, bytes, port, address);
  }

  sendData(bytes: Uint8Array, port: number, address: string): void {
    this.#send(this.#data, bytes, port, address);
  }

  async #bindBoth(): Promise<void> {
    const { address, port, onControl, onData } = this.#options;
    this.#control = await this.#bind(address, port, onControl);
    this.#data = await this.#bind(address, this.port + 1, onData);
  }

  async #bind(address: string, port: number, onMessage: UdpPairOptions["onControl"]): Promise<Socket> {
    // Names of hosts to invite are looked up by the session, never here: what is sent goes out at once.
    const socket = createSocket({ type: "udp4", lookup: (host, _options, done) => done(null, host, 4) });
    await new Promise<void>((resolve, reject) => {
      socket.once("error", (error) => {
        socket.close();
        reject(error);
      });
      socket.bind(port, address, resolve);
    });
    socket.removeAllListeners("error");
    socket.on("error", (error) => this.#options.onError(error));
    socket.on("message", (bytes, from) => onMessage(bytes, from));
    return socket;
  }

  #send(socket: Socket | undefined, bytes: Uint8Array, port: number, address: string): void {
    socket?.send(bytes, port, address, (error) => {
      if (error) this.#options.onError(error);
    });
  }
}

function closed(socket: Socket | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (socket) socket.close(() => resolve());
    else resolve();
  });
}
