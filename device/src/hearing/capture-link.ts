/** An AudioSource into a state that is reported: keeps trying while there is nothing to open. */
import { setTimeout as delay } from "node:timers/promises";
import { type CaptureState, UnavailableError } from "@tactus/shared";
import type { AudioSource, SampleBlock, SourceEvent } from "../capture/audio-source.js";

const RETRY_MS = 5000;

export interface CaptureLinkParts {
  source: AudioSource;
  onBlock: (block: SampleBlock) => Promise<void>;
  onState: (state: CaptureState, reason: string) => void;
}

export class CaptureLink {
  readonly #parts: CaptureLinkParts;
  readonly #stopped = new AbortController();

  constructor(parts: CaptureLinkParts) {
    this.#parts = parts;
  }

  /** Resolves when the source is open; until then, or until stop(), tries again. Rejects when a person must act. */
  async start(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      try {
        await this.#parts.source.start(this.#parts.onBlock, (event) => this.#report(event));
        return;
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
        this.#parts.onState("lost", error.message);
        await delay(RETRY_MS, undefined, { signal: this.#stopped.signal }).catch(() => {});
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#parts.source.stop();
  }

  #report(event: SourceEvent): void {
    this.#parts.onState(event.state, event.state === "lost" ? event.reason : "");
  }
}
