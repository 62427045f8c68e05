/** The newest bytes of one output, as they came: universe -> 512 channels. Nothing is put between two messages. */
import type { OutputDmx } from "@tactus/shared";

export interface DmxFrame {
  /** By universe, 512 bytes each. */
  universes: ReadonlyMap<number, Uint8Array>;
  /** Bridge's clock, microseconds. */
  sentAtUs: number;
  /** Cloud's clock, microseconds. */
  receivedAtUs: number;
}

export function frameOf({ universes, sentAtUs }: OutputDmx, receivedAtUs: number): DmxFrame {
  return {
    universes: new Map(universes.map(({ universe, channels }) => [universe, bytesOf(channels)])),
    sentAtUs,
    receivedAtUs,
  };
}

/** Zeros at the end are left out on the wire. */
function bytesOf(base64: string): Uint8Array {
  const bytes = new Uint8Array(512);
  const text = atob(base64);
  for (let index = 0; index < Math.min(512, text.length); index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/** A channel of a universe as one number, for `byteAt`. */
export const addressOf = (universe: number, channel: number): number => universe * 512 + channel - 1;

/** Undefined: nobody has told this universe. */
export const byteAt = ({ universes }: DmxFrame, address: number): number | undefined =>
  universes.get(Math.floor(address / 512))?.[address % 512];

export function isAllZero({ universes }: DmxFrame): boolean {
  return [...universes.values()].every((bytes) => bytes.every((value) => value === 0));
}
