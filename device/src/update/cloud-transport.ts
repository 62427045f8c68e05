/** The box's own way to its cloud, with its login and the cloud's authority, as the way to signed models. */
import type { CloudFetch } from "../identity/cloud-fetch.js";
import type { ModelResponse, ModelTransport } from "./model-transport.js";

/**
 * The fetch tells the status after the body. Until then a range that was asked for counts as heeded; where it was not, the
 * download ends with an error, and what is put together wrongly never has the signed hash.
 */
export function cloudTransport(fetch: CloudFetch): ModelTransport {
  return (path, { headers, signal }) =>
    new Promise<ModelResponse>((resolve, reject) => {
      const pieces = new PieceQueue();
      const promised = headers.range === undefined ? 200 : 206;
      const answered = new Headers({ "content-range": (headers.range ?? "").replace("=", " ") });
      const onBody = (piece: Buffer) => {
        resolve({ status: promised, headers: answered, body: pieces });
        return pieces.put(piece);
      };
      fetch(path, { headers, signal, onBody, maxBytes: Number.MAX_SAFE_INTEGER }).then(
        (response) => {
          pieces.end(
            response.status === promised ? undefined : new Error(`Status ${response.status} came, not ${promised}`),
          );
          resolve({ status: response.status, headers: response.headers, body: pieces });
        },
        (error: Error) => {
          pieces.end(error);
          reject(error);
        },
      );
    });
}

/** One piece at a time from who pushes to who pulls; the other end of the line waits meanwhile. */
class PieceQueue implements AsyncIterable<Uint8Array> {
  #piece: Uint8Array | undefined;
  #taken: (() => void) | undefined;
  #arrived: (() => void) | undefined;
  #isEnded = false;
  #error: Error | undefined;

  /** Resolves when it has been taken. */
  put(piece: Uint8Array): Promise<void> {
    if (this.#isEnded) return Promise.reject(this.#error ?? new Error("Nobody reads this any more"));
    this.#piece = piece;
    this.#arrived?.();
    return new Promise((resolve) => {
      this.#taken = resolve;
    });
  }

  end(error: Error | undefined): void {
    this.#error ??= error;
    this.#isEnded = true;
    this.#arrived?.();
    this.#taken?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const piece = this.#piece;
        if (piece) {
          this.#piece = undefined;
          yield piece;
          this.#taken?.();
        } else if (this.#isEnded) {
          if (this.#error) throw this.#error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#arrived = resolve;
          });
        }
      }
    } finally {
      this.end(undefined);
    }
  }
}
