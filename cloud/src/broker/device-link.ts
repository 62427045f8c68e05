/** Contract: how the cloud hears devices and speaks to them, whichever broker lies between. */
import type { DeviceAddress, Leaf, NamedLeaf } from "@tactus/shared";

export interface PublishOptions {
  /** Also for whoever subscribes later. Default false. */
  retain?: boolean;
  /** 0 for what is asked for again when it does not come: half the packets. Default 1. */
  qos?: 0 | 1;
}

export interface DeviceLink {
  /** Called for every message a device sends, last wills included. Must not throw. */
  onMessage(handler: (topic: string, payload: Buffer) => void): void;
  /** To one device; resolves when the broker has taken it. */
  publish(at: DeviceAddress, leaf: Leaf | NamedLeaf, message: object, options?: PublishOptions): Promise<void>;
}
