/** Contract: user name and password of a connecting device into the address it speaks for. */
import type { DeviceAddress } from "@tactus/shared";

export interface DeviceAuth {
  /** The device's address, or undefined when it may not come in. */
  check(username: string, password: string): Promise<DeviceAddress | undefined>;
}
