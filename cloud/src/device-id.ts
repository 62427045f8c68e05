/** A device's address and the one word that names it in the API: "<venue>.<device>". */
import { type DeviceAddress, InputError, parseName } from "@tactus/shared";

export const deviceIdOf = (at: DeviceAddress): string => `${at.venue}.${at.device}`;

/** Throws InputError when the id is not "<venue>.<device>". */
export function parseDeviceId(id: string): DeviceAddress {
  const [venue, device, rest] = id.split(".");
  if (venue === undefined || device === undefined || rest !== undefined) {
    throw new InputError(`Device id "${id}" is not of the form "<venue>.<device>"`);
  }
  return { venue: parseName(venue, "Venue"), device: parseName(device, "Device") };
}
