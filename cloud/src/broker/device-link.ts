/** Contract: how the cloud hears devices and speaks to them, whichever broker lies between. */
import type { DeviceAddress, Leaf, NamedLeaf } from "@tactus/shared";

export interface DeviceLink {
  /** Called for every message a device sends, last wills included. Must not throw. */
  onMessage(handler: (topic: string, payload: Buffer) => void): void;
  /** To one device; resolves when the broker has taken it. `retain`: also for whoever subscribes later. Default false. */
  publish(at: DeviceAddress, leaf: Leaf | NamedLeaf, message: object, options?: { retain?: boolean }): Promise<void>;
}
