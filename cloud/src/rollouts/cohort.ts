/** A share of devices into the devices themselves: always the same ones, and a larger share holds every smaller one. */

/** Where the device stands in the queue of this rollout, [0, 1): evenly spread, and another for every salt. */
export function placeInLine(deviceId: string, salt: string): number {
  const text = `${salt}\0${deviceId}`;
  // 21 + 32 bits: as many as a double holds.
  return ((hashOf(text, 1) >>> 11) * 2 ** 32 + hashOf(text, 2)) / 2 ** 53;
}

/** FNV-1a over the characters, then the finalizer of MurmurHash3, which spreads names that differ in one digit. */
function hashOf(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1);
  for (let k = 0; k < text.length; k++) hash = Math.imul(hash ^ text.charCodeAt(k), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export interface CohortOptions {
  /** Those that may be chosen, in any order. */
  deviceIds: readonly string[];
  salt: string;
  /** (0, 100]. */
  percent: number;
  /** In the cohort already: they stay, and count. */
  members?: ReadonlySet<string>;
}

/**
 * The devices that come first in line, ⌈percent of all⌉ of them and at least one, beside those that are members already. With
 * the fleet as it is, 5 % is inside 25 %; when the fleet has grown, members stay and the rest is filled up in line.
 */
export function cohortOf({ deviceIds, salt, percent, members = new Set() }: CohortOptions): string[] {
  const places = deviceIds.map((deviceId) => ({ deviceId, place: placeInLine(deviceId, salt) }));
  const line = places.sort((a, b) => a.place - b.place || (a.deviceId < b.deviceId ? -1 : 1));
  // 29 % of 100 is 28.999… in binary.
  const wanted = Math.max(1, Math.ceil((line.length * percent) / 100 - 1e-9));
  const staying = line.filter(({ deviceId }) => members.has(deviceId));
  const joining = line.filter(({ deviceId }) => !members.has(deviceId)).slice(0, Math.max(0, wanted - staying.length));
  return [...staying, ...joining].map(({ deviceId }) => deviceId);
}
