/** User name and password of a connecting device into the address it speaks for. */
import type { DeviceAddress } from "@tactus/shared";
import { parseDeviceId } from "../device-id.js";
import { hashSecret, sameSecret } from "../secrets.js";

/** The table of device credentials, as far as logging in needs it. */
export interface CredentialTable {
  /** Hash of the device's own secret, or undefined when it has none. */
  credentialOf(deviceId: string): Promise<string | undefined>;
}

export interface DeviceAuth {
  /** The device's address, or undefined when it may not come in. */
  check(username: string, password: string): Promise<DeviceAddress | undefined>;
}

/**
 * The user name is the device id. A device with a secret of its own must give that one; any other comes in with the
 * enrolment token. Claiming replaces the second way: this class is the only place that knows of it.
 */
export class EnrolmentAuth implements DeviceAuth {
  readonly #table: CredentialTable;
  readonly #enrolmentToken: string;

  constructor(options: { table: CredentialTable; enrolmentToken: string }) {
    this.#table = options.table;
    this.#enrolmentToken = options.enrolmentToken;
  }

  async check(username: string, password: string): Promise<DeviceAddress | undefined> {
    const at = addressIn(username);
    if (!at) return undefined;
    const expectedHash = await this.#table.credentialOf(username);
    const known =
      expectedHash === undefined
        ? sameSecret(password, this.#enrolmentToken)
        : sameSecret(hashSecret(password), expectedHash);
    return known ? at : undefined;
  }
}

function addressIn(username: string): DeviceAddress | undefined {
  try {
    return parseDeviceId(username);
  } catch {
    return undefined;
  }
}
