/** An Outlet that keeps what is published: for tests. */
import type { Leaf } from "@tactus/shared";
import type { Outlet, PublishOptions } from "./outlet.js";

export class MemoryOutlet implements Outlet {
  readonly published: { leaf: Leaf; message: object; options: PublishOptions }[] = [];
  readonly readers = new Set<Leaf>();
  readonly #handlers = new Map<Leaf, (payload: Uint8Array) => void>();

  publish(leaf: Leaf, message: object, options: PublishOptions = {}): void {
    this.published.push({ leaf, message, options });
  }

  isRead(leaf: Leaf): boolean {
    return this.readers.has(leaf);
  }

  onMessage(leaf: Leaf, handler: (payload: Uint8Array) => void): void {
    this.#handlers.set(leaf, handler);
  }

  /** A client sends this. */
  send(leaf: Leaf, payload: string | Uint8Array): void {
    this.#handlers.get(leaf)?.(typeof payload === "string" ? Buffer.from(payload) : payload);
  }

  of(leaf: Leaf): object[] {
    return this.published.filter((one) => one.leaf === leaf).map(({ message }) => message);
  }
}
