/** Where publishers put their messages, and from where requests come: the local broker, or a list in a test. */
import type { Leaf } from "@tactus/shared";

export interface Outlet {
  /** Does not wait and does not throw; the message goes out in a turn of the event loop of its own. */
  publish(leaf: Leaf, message: object, options?: PublishOptions): void;
  /** Is anybody subscribed who may read this? Cheap enough for every hop. */
  isRead(leaf: Leaf): boolean;
  /** Messages of paired clients, as bytes that nobody has looked at. */
  onMessage(leaf: Leaf, handler: (payload: Uint8Array) => void): void;
}

export interface PublishOptions {
  retain?: boolean;
  qos?: 0 | 1;
}
