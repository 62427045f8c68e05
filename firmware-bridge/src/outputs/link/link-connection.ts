/** A Carabiner that runs, or else our helper, into one connection that comes back by itself. */
import { setTimeout as sleep } from "node:timers/promises";
import { UnavailableError } from "@tactus/shared";
import { CarabinerClient } from "./carabiner-client.js";
import type { CarabinerMessage } from "./carabiner-line.js";
import { findHelper, HelperProcess } from "./helper-process.js";
import type { LinkConfig } from "./link-config.js";

const RETRY_MS = [500, 1000, 2000, 5000, 10_000];
const REMEDY =
  "start Carabiner, or build the helper: apt-get install g++ ableton-link-dev, then node firmware-bridge/link-helper/build.mjs";

export interface LinkConnectionOptions {
  config: LinkConfig;
  onMessage(message: CarabinerMessage): void;
  /** Connected; `waits` when the far end is our helper, which is not in the session yet. */
  onOpen(waits: boolean): void;
  onLost(reason: string): void;
}

export class LinkConnection {
  readonly #options: LinkConnectionOptions;
  #client: CarabinerClient | undefined;
  #helper: HelperProcess | undefined;
  #stopping = new AbortController();
  #retrying: Promise<void> | undefined;

  constructor(options: LinkConnectionOptions) {
    this.#options = options;
  }

  /** Rejects with UnavailableError when neither a Carabiner nor a helper is there. */
  async start(): Promise<void> {
    this.#stopping = new AbortController();
    await this.#open();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#retrying;
    await this.#drop();
  }

  send(line: string): boolean {
    return this.#client?.send(line) ?? false;
  }

  async #open(): Promise<void> {
    const { config } = this.#options;
    const carabiner = await this.#connect(config.host, config.port).catch((error: UnavailableError) => error);
    if (carabiner instanceof CarabinerClient) return this.#opened(carabiner, false);
    const program = config.helper === false ? undefined : findHelper(config.helper);
    if (!program)
      throw new UnavailableError(`${carabiner.message}, and no Link helper: ${REMEDY}`, { cause: carabiner });
    this.#helper = new HelperProcess(program);
    const port = await this.#helper.start();
    return this.#opened(await this.#connect("127.0.0.1", port), true);
  }

  async #connect(host: string, port: number): Promise<CarabinerClient> {
    const client = new CarabinerClient({
      host,
      port,
      onMessage: (message) => this.#options.onMessage(message),
      onClose: (reason) => this.#lost(reason),
    });
    await client.start();
    return client;
  }

  #opened(client: CarabinerClient, waits: boolean): void {
    this.#client = client;
    this.#options.onOpen(waits);
  }

  #lost(reason: string): void {
    this.#client = undefined;
    this.#options.onLost(reason);
    if (!this.#stopping.signal.aborted) this.#retrying = this.#retry();
  }

  async #drop(): Promise<void> {
    this.#client?.stop();
    this.#client = undefined;
    await this.#helper?.stop();
    this.#helper = undefined;
  }

  async #retry(): Promise<void> {
    const { signal } = this.#stopping;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      await this.#drop();
      const pause = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)];
      await sleep(pause, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
      try {
        return await this.#open();
      } catch (error) {
        this.#options.onLost((error as Error).message);
      }
    }
  }
}
