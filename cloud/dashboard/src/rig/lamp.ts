/** The description of a rig into lamps: for each of its lights the addresses of the bytes that make it. */
import type { OutputRig, RigChannel, RigChannelRole, RigFixture, RigKind } from "@tactus/shared";
import { addressOf } from "./dmx-frame.js";

/** One byte that counts as a share of 255, or of 65 535 with its fine byte. */
export interface Driven {
  at: number;
  fineAt?: number | undefined;
  invert: boolean;
}

export interface Emitter extends Driven {
  role: "red" | "green" | "blue" | "white" | "amber" | "uv";
}

export interface LampCell {
  emitters: Emitter[];
  /** Its own and its fixture's: they multiply. */
  dimmers: Driven[];
  shutters: { at: number; closed: { from: number; to: number }[] }[];
  wheels: { at: number; slots: { from: number; to: number; color: string }[] }[];
}

export interface Lamp {
  name: string;
  kind: string;
  position: RigFixture["position"];
  /** "1.001–003": universe and channels. */
  address: string;
  cells: LampCell[];
  pan: Driven | undefined;
  tilt: Driven | undefined;
}

interface Placed extends RigChannel {
  at: number;
}

const EMITTERS: readonly RigChannelRole[] = ["red", "green", "blue", "white", "amber", "uv"];
const PIXEL_ROLES: Readonly<Record<string, RigChannelRole>> = { r: "red", g: "green", b: "blue", w: "white" };

export function lampsOf({ kinds, fixtures }: OutputRig): Lamp[] {
  return fixtures.flatMap((fixture) => {
    const kind = kinds[fixture.kind];
    return kind ? [lampOf(fixture, kind)] : [];
  });
}

function lampOf(fixture: RigFixture, kind: RigKind): Lamp {
  const channels = placedChannels(kind, addressesOf(fixture));
  const count = Math.max(1, ...channels.map(({ cell = 0 }) => cell));
  const byCell: Placed[][] = Array.from({ length: count + 1 }, () => []);
  for (const channel of channels) byCell[channel.cell ?? 0]?.push(channel);
  const shared = byCell[0] ?? [];
  return {
    name: fixture.name,
    kind: kind.name,
    position: fixture.position,
    address: fixture.spans.map(spanText).join(", "),
    cells: Array.from({ length: count }, (_, cell) => cellOf(byCell[cell + 1] ?? [], shared, count === 1)),
    pan: drivenOf(channels, "pan"),
    tilt: drivenOf(channels, "tilt"),
  };
}

function addressesOf({ spans }: RigFixture): number[] {
  return spans.flatMap(([universe, from, to]) =>
    Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => addressOf(universe, from + index)),
  );
}

/** The channels of the mode, then pixel after pixel as far as the addresses go. */
function placedChannels({ channels, pixels }: RigKind, addresses: readonly number[]): Placed[] {
  const firstPixel = Math.max(0, ...channels.map(({ cell = 0 }) => cell));
  return addresses.flatMap((at, index): Placed[] => {
    const channel = channels[index];
    if (channel) return [{ ...channel, at }];
    if (!pixels) return [];
    const place = index - channels.length;
    const role = PIXEL_ROLES[pixels[place % pixels.length] ?? ""] ?? "generic";
    return [{ role, cell: firstPixel + 1 + Math.floor(place / pixels.length), at }];
  });
}

/** What belongs to the whole fixture colours its only cell; dimmers, shutters and wheels hold for every cell. */
function cellOf(own: readonly Placed[], shared: readonly Placed[], isOnly: boolean): LampCell {
  const all = [...own, ...shared];
  const ranged = (role: RigChannelRole) => all.filter((channel) => channel.role === role);
  return {
    emitters: (isOnly ? all : own).filter(({ role, fine }) => EMITTERS.includes(role) && !fine).map(emitterOf),
    dimmers: ranged("intensity")
      .filter(({ fine }) => !fine)
      .map((channel) => ({ at: channel.at, invert: channel.invert ?? false })),
    shutters: ranged("strobe").map(({ at, ranges = [] }) => ({ at, closed: ranges.filter(({ color }) => !color) })),
    wheels: ranged("color-wheel").map(({ at, ranges = [] }) => ({
      at,
      slots: ranges.flatMap(({ from, to, color }) => (color ? [{ from, to, color }] : [])),
    })),
  };
}

const emitterOf = ({ role, at, invert = false }: Placed): Emitter => ({ role: role as Emitter["role"], at, invert });

function drivenOf(channels: readonly Placed[], wanted: RigChannelRole): Driven | undefined {
  const coarse = channels.find(({ role, fine }) => role === wanted && !fine);
  const fine = channels.find(({ role, fine }) => role === wanted && fine);
  return coarse && { at: coarse.at, fineAt: fine?.at, invert: coarse.invert ?? false };
}

const spanText = ([universe, from, to]: RigFixture["spans"][number]): string => {
  const digits = (channel: number) => String(channel).padStart(3, "0");
  return `${universe}.${digits(from)}${to > from ? `–${digits(to)}` : ""}`;
};
