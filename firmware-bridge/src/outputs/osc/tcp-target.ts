/** OSC packets into a TCP stream, each behind its length; opened again when lost, beats meanwhile are dropped. */
import { TcpLink } from "../net/tcp-link.js";
import { frameOsc, OscFramer } from "./osc-framer.js";
import type { OscTarget, OscTargetOptions } from "./osc-target.js";

export class TcpTarget implements OscTarget {
  readonly #options: OscTargetOptions;
  readonly #link: TcpLink;
  #framer = new OscFramer();
  #sent = 0;
  #errors = 0;
  #lastError = "";

  constructor(options: OscTargetOptions) {
    this.#options = options;
    this.#link = new TcpLink({
      target: () => ({ host: options.host, port: options.port }),
      onOpen: () => this.#opened(),
      onData: (bytes) => this.#receive(bytes),
      onClose: (reason) => this.#failed(`${this.label}: ${reason}`),
    });
  }

  get label(): string {
    return `${this.#options.host}:${this.#options.port} tcp`;
  }

  async start(): Promise<void> {
    this.#link.start();
  }

  async stop(): Promise<void> {
    await this.#link.stop();
  }

  send(packet: Uint8Array): void {
    if (this.#link.write(frameOsc(packet))) this.#sent++;
    else this.#errors++;
  }

  health(): ReturnType<OscTarget["health"]> {
    const receiving = this.#link.connected ? "receiving" : "not-receiving";
    return { receiving, sent: this.#sent, errors: this.#errors, lastError: this.#lastError };
  }

  #opened(): void {
    this.#framer = new OscFramer();
    this.#options.log.info(`${this.label}: connected`);
    this.#options.onOpen();
  }

  #receive(bytes: Uint8Array): void {
    const packets = this.#framer.push(bytes);
    if (!packets) this.#link.reset("what came back is no OSC stream framed by length");
    for (const packet of packets ?? []) this.#options.onPacket(packet);
  }

  #failed(text: string): void {
    this.#errors++;
    if (text !== this.#lastError) this.#options.log.warn(text);
    this.#lastError = text;
  }
}
