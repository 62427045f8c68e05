/** Requests of the box to its cloud, by its login and the cloud's own authority, as the way to the signed repository. */
import type { CloudFetch } from "../identity/cloud-fetch.js";
import type { ModelTransport } from "./model-transport.js";

/**
 * The answer of such a request says its status when it is over. So no part of a file is asked for: any piece that comes is one
 * of the whole file, and an answer without a piece has its status.
 */
export function cloudTransport(fetch: CloudFetch): ModelTransport {
  return (path, { headers, signal }) => {
    const { range: _, ...whole } = headers;
    const over = new AbortController();
    const pieces = new Handover();
    return new Promise((resolve, reject) => {
      const body = readAll(pieces, over);
      const onBody = (piece: Buffer) => {
        resolve({ status: 200, headers: new Headers(), body });
        return pieces.give(piece);
      };
      fetch(path, { headers: whole, signal: AbortSignal.any([signal, over.signal]), onBody, maxBytes: 2 ** 32 }).then(
        (answer) => {
          pieces.end();
          resolve({ status: answer.status, headers: answer.headers, body });
        },
        (error: Error) => {
          pieces.end(error);
          reject(error);
        },
      );
    });
  };
}

async function* readAll(pieces: Handover, over: AbortController): AsyncGenerator<Uint8Array> {
  try {
    for (let piece = await pieces.take(); piece; piece = await pieces.take()) yield piece;
  } finally {
    over.abort(new Error("Nobody reads on"));
    pieces.end();
  }
}

/** One piece at a time from who gives to who takes: the giver waits. */
class Handover {
  #piece: Buffer | undefined;
  #isOver = false;
  #error: Error | undefined;
  #given: () => void = () => {};
  #taken: () => void = () => {};

  /** Resolves when it was taken, or nobody takes any more. */
  async give(piece: Buffer): Promise<void> {
    if (this.#isOver) return;
    this.#piece = piece;
    this.#given();
    await new Promise<void>((taken) => {
      this.#taken = taken;
    });
  }

  /** Undefined at the end; rejects with what ended it. */
  async take(): Promise<Buffer | undefined> {
    if (!this.#piece && !this.#isOver) {
      await new Promise<void>((given) => {
        this.#given = given;
      });
    }
    const piece = this.#piece;
    this.#piece = undefined;
    this.#taken();
    if (!piece && this.#error) throw this.#error;
    return piece;
  }

  end(error?: Error): void {
    this.#isOver = true;
    this.#error ??= error;
    this.#given();
    this.#taken();
  }
}
