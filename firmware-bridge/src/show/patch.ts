/** A rig and its profiles into fixtures at their addresses: which byte of which universe drives which light. */
import { InputError } from "@tactus/shared";
import {
  type ChannelRole,
  type FixtureProfile,
  modeOf,
  type ProfileChannel,
  type ProfileMode,
} from "./fixture-profile.js";
import type { FixtureConfig, RigConfig } from "./rig-config.js";

export const UNIVERSE_SIZE = 512;
const LAST_UNIVERSE = 63_999;

/** One channel at its place. `at` counts bytes over all patched universes: universe index × 512 + channel - 1. */
export interface PlacedChannel {
  role: ChannelRole;
  /** 0 = the whole fixture. */
  cell: number;
  fine: boolean;
  invert: boolean;
  default: number;
  ranges: ProfileChannel["ranges"];
  at: number;
}

export interface Span {
  universe: number;
  /** 1–512, both ends included. */
  from: number;
  to: number;
}

export interface PlacedFixture {
  config: FixtureConfig;
  profile: string;
  mode: string;
  channels: PlacedChannel[];
  /** At least 1. */
  cells: number;
  spans: Span[];
}

export interface Patch {
  /** Ascending, from 1. */
  universes: readonly number[];
  fixtures: PlacedFixture[];
}

/** Throws InputError naming the fixture, or both, and the remedy. */
export function patchRig(config: RigConfig, loadProfile: (name: string) => FixtureProfile): Patch {
  const unplaced = config.fixtures.map((fixture) => {
    const profile = loadProfile(fixture.profile);
    const mode = chosenMode(fixture, profile);
    const channels = channelsOf(fixture, mode);
    return { fixture, profile, mode, channels, addresses: addressesOf(fixture, mode, channels) };
  });
  refuseOverlaps(unplaced.map(({ fixture, addresses }) => ({ name: fixture.name, addresses })));
  const universes = [...new Set(unplaced.flatMap(({ addresses }) => universesOf(addresses)))].sort((a, b) => a - b);
  const base = new Map(universes.map((universe, index) => [universe, index * UNIVERSE_SIZE]));
  const fixtures = unplaced.map(({ fixture, profile, mode, channels, addresses }) => ({
    config: fixture,
    profile: profile.name,
    mode: mode.name,
    channels: channels.map((channel, index) => {
      const { universe, channel: address } = addresses[index] as Address;
      return { ...channel, at: (base.get(universe) ?? 0) + address - 1 };
    }),
    cells: Math.max(1, ...channels.map(({ cell }) => cell)),
    spans: spansOf(addresses),
  }));
  return { universes, fixtures };
}

interface Address {
  universe: number;
  channel: number;
}

type Unplaced = Omit<PlacedChannel, "at">;

function chosenMode(fixture: FixtureConfig, profile: FixtureProfile): ProfileMode {
  const mode = modeOf(profile, fixture.mode);
  if (mode) return mode;
  const known = profile.modes.map(({ name }) => `"${name}"`).join(", ");
  throw new InputError(`Fixture "${fixture.name}": ${profile.name} has no mode "${fixture.mode}": use ${known}`);
}

const PIXEL_ROLES: Record<string, ChannelRole> = { r: "red", g: "green", b: "blue", w: "white" };

function channelsOf(fixture: FixtureConfig, mode: ProfileMode): Unplaced[] {
  const channels: Unplaced[] = mode.channels.map(({ role, cell, fine, invert, default: value, ranges }) => ({
    role,
    cell: cell ?? 0,
    fine,
    invert,
    default: value,
    ranges,
  }));
  const first = Math.max(0, ...channels.map(({ cell }) => cell));
  for (let pixel = 1; pixel <= pixelCount(fixture, mode); pixel++) {
    for (const letter of mode.pixels?.order ?? "") {
      const role = PIXEL_ROLES[letter] ?? "generic";
      channels.push({ role, cell: first + pixel, fine: false, invert: false, default: 0, ranges: [] });
    }
  }
  return channels;
}

function pixelCount(fixture: FixtureConfig, mode: ProfileMode): number {
  if (!mode.pixels) {
    if (fixture.pixels === undefined) return 0;
    throw new InputError(`Fixture "${fixture.name}" has no pixels in mode "${mode.name}": leave "pixels" out`);
  }
  const count = mode.pixels.count ?? fixture.pixels;
  if (count === undefined) throw new InputError(`Fixture "${fixture.name}" needs "pixels": how many the strip has`);
  return count;
}

/** Channels follow one another; a pixel that no longer fits whole begins the next universe. */
function addressesOf(fixture: FixtureConfig, mode: ProfileMode, channels: Unplaced[]): Address[] {
  const perPixel = mode.pixels?.order.length ?? 1;
  const addresses: Address[] = [];
  let { universe, channel } = fixture;
  for (let index = 0; index < channels.length; index++) {
    const inPixels = index >= mode.channels.length;
    const startsPixel = inPixels && (index - mode.channels.length) % perPixel === 0;
    if (startsPixel && channel + perPixel - 1 > UNIVERSE_SIZE) {
      universe += 1;
      channel = 1;
    }
    if (channel > UNIVERSE_SIZE || universe > LAST_UNIVERSE) throw beyond(fixture, mode.channels.length);
    addresses.push({ universe, channel });
    channel += 1;
  }
  return addresses;
}

function beyond({ name, universe, channel }: FixtureConfig, size: number): InputError {
  const last = channel + size - 1;
  return new InputError(
    `Fixture "${name}" needs channels ${channel}–${last} of universe ${universe}, which ends at 512: put it at ${513 - size} or before, or into the next universe`,
  );
}

function universesOf(addresses: Address[]): number[] {
  return [...new Set(addresses.map(({ universe }) => universe))];
}

function spansOf(addresses: Address[]): Span[] {
  return universesOf(addresses).map((universe) => {
    const own = addresses.filter((address) => address.universe === universe).map(({ channel }) => channel);
    return { universe, from: own[0] ?? 1, to: own[own.length - 1] ?? 1 };
  });
}

function refuseOverlaps(fixtures: { name: string; addresses: Address[] }[]): void {
  const owners = new Map<number, { name: string; addresses: Address[] }>();
  for (const fixture of fixtures) {
    for (const { universe, channel } of fixture.addresses) {
      const other = owners.get(universe * UNIVERSE_SIZE + channel - 1);
      if (other) throw overlap(other, fixture);
      owners.set(universe * UNIVERSE_SIZE + channel - 1, fixture);
    }
  }
}

function overlap(one: { name: string; addresses: Address[] }, two: { name: string; addresses: Address[] }): InputError {
  const place = ({ name, addresses }: { name: string; addresses: Address[] }) =>
    `"${name}" (${spansOf(addresses).map(inWords).join(", ")})`;
  const last = spansOf(one.addresses).at(-1);
  const remedy =
    last && last.to < UNIVERSE_SIZE
      ? `"${two.name}" could begin at channel ${last.to + 1} of universe ${last.universe}`
      : `move "${two.name}" to another universe`;
  return new InputError(`Fixtures ${place(one)} and ${place(two)} overlap: ${remedy}`);
}

const inWords = ({ universe, from, to }: Span): string => `universe ${universe}, channels ${from}–${to}`;
