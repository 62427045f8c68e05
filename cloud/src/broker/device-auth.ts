/** User name and password of a connecting device into the address it speaks for. */
import type { DeviceAddress } from "@tactus/shared";
import { parseDeviceId } from "../device-id.js";
import { sameSecret } from "../secrets.js";

export interface DeviceAuth {
  /** The device's address, or undefined when it may not come in. */
  check(username: string, password: string): Promise<DeviceAddress | undefined>;
}

/** The user name is the device id, the password the enrolment token. Claiming replaces it: only this class knows of it. */
export class EnrolmentAuth implements DeviceAuth {
  readonly #enrolmentToken: string;

  constructor(options: { enrolmentToken: string }) {
    this.#enrolmentToken = options.enrolmentToken;
  }

  async check(username: string, password: string): Promise<DeviceAddress | undefined> {
    const at = addressIn(username);
    if (!at) return undefined;
    return sameSecret(password, this.#enrolmentToken) ? at : undefined;
  }
}

function addressIn(username: string): DeviceAddress | undefined {
  try {
    return parseDeviceId(username);
  } catch {
    return undefined;
  }
}
