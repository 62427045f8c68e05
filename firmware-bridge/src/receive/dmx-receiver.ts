/** Several receivers as one. */
import type { DmxReceiver, IncomingUniverse } from "./incoming-universe.js";

export class DmxReceivers implements DmxReceiver {
  readonly #receivers: readonly DmxReceiver[];
  #started: DmxReceiver[] = [];

  constructor(receivers: readonly DmxReceiver[]) {
    this.#receivers = receivers;
  }

  /** All or none. */
  async start(): Promise<void> {
    try {
      for (const receiver of this.#receivers) {
        await receiver.start();
        this.#started.push(receiver);
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    const started = this.#started;
    this.#started = [];
    for (const receiver of started) await receiver.stop();
  }

  universe(n: number): readonly IncomingUniverse[] {
    let all: readonly IncomingUniverse[] = [];
    for (const receiver of this.#receivers) {
      const more = receiver.universe(n);
      if (more.length > 0) all = all.length > 0 ? [...all, ...more] : more;
    }
    return all;
  }
}
