/** A patch into what drives what: the bytes of each cell, of each head's axes, and what they are while nothing drives them. */
import type { ChannelRange, ChannelRole } from "./fixture-profile.js";
import { colorOf } from "./light.js";
import { type Patch, type PlacedChannel, type PlacedFixture, UNIVERSE_SIZE } from "./patch.js";

/** One driven channel; 16 bits where `fineAt` is not -1. */
export interface Driven {
  at: number;
  fineAt: number;
  invert: boolean;
}

export interface Shutter {
  at: number;
  open: number;
  closed: number;
  /** By value: 1 lets light through, 0 does not. A strobing value counts as open. */
  passes: Uint8Array;
  /** By value: 1 where the lamp flashes by itself. */
  strobes: Uint8Array;
  ranges: readonly ChannelRange[];
}

export interface Wheel {
  at: number;
  /** Value to send for each colour, and the colours, three numbers each. */
  values: Uint8Array;
  colors: Float32Array;
  /** By value: red, green, blue of what is seen. */
  seen: Float32Array;
}

/** A cell that is more than three bytes of colour. */
export interface RichCell {
  cell: number;
  fixture: number;
  red: Driven | undefined;
  green: Driven | undefined;
  blue: Driven | undefined;
  white: Driven | undefined;
  amber: Driven | undefined;
  uv: Driven | undefined;
  /** Its dimmer: its own, or the fixture's where there is one cell. */
  dimmer: Driven | undefined;
  shutter: Shutter | undefined;
  wheel: Wheel | undefined;
}

/** Cells of three bytes each, as parallel arrays: what a big rig is made of. */
export interface PlainCells {
  cell: Int32Array;
  fixture: Int32Array;
  red: Int32Array;
  green: Int32Array;
  blue: Int32Array;
}

export interface Axis extends Driven {
  fixture: number;
  axis: "pan" | "tilt";
}

export interface Wiring {
  plain: PlainCells;
  rich: RichCell[];
  axes: Axis[];
  /** All patched universes one after another, with every channel at its default. */
  rest: Uint8Array;
  /** Bytes that make light, and their value in the dark. */
  lightAt: Int32Array;
  dark: Uint8Array;
}

export function wire({ universes, fixtures }: Patch): Wiring {
  const rest = new Uint8Array(universes.length * UNIVERSE_SIZE);
  const plain: number[][] = [];
  const rich: RichCell[] = [];
  const axes: Axis[] = [];
  const darkness = new Map<number, number>();
  let firstCell = 0;
  for (const [index, fixture] of fixtures.entries()) {
    for (const { at, default: value } of fixture.channels) rest[at] = value;
    for (const [at, value] of darkBytes(fixture)) darkness.set(at, value);
    axes.push(...axesOf(fixture, index));
    const cells = Array.from({ length: fixture.cells }, (_, cell) => richCell(fixture, cell, { index, firstCell }));
    if (fixture.cells > 1) openShared(fixture, rest);
    if (cells.every(isPlain))
      plain.push(...cells.map(({ cell, red, green, blue }) => [cell, index, at(red), at(green), at(blue)]));
    else rich.push(...cells);
    firstCell += fixture.cells;
  }
  const column = (number: number) => Int32Array.from(plain, (row) => row[number] ?? 0);
  return {
    plain: { cell: column(0), fixture: column(1), red: column(2), green: column(3), blue: column(4) },
    rich,
    axes,
    rest,
    lightAt: Int32Array.from(darkness.keys()),
    dark: Uint8Array.from(darkness.values()),
  };
}

const at = (channel: Driven | undefined): number => channel?.at ?? -1;

const isPlain = ({ red, green, blue, white, amber, uv, dimmer, shutter, wheel }: RichCell): boolean =>
  [red, green, blue].every((channel) => channel && channel.fineAt < 0 && !channel.invert) &&
  ![white, amber, uv, dimmer, shutter, wheel].some(Boolean);

function driven({ channels }: PlacedFixture, role: ChannelRole, cells: number[]): Driven | undefined {
  for (const cell of cells) {
    const found = channels.filter((channel) => channel.role === role && channel.cell === cell);
    const coarse = found.find(({ fine }) => !fine);
    if (coarse) return { at: coarse.at, fineAt: found.find(({ fine }) => fine)?.at ?? -1, invert: coarse.invert };
  }
  return undefined;
}

function richCell(fixture: PlacedFixture, cell: number, place: { index: number; firstCell: number }): RichCell {
  // What belongs to the whole fixture belongs to its one cell; between several it stays open and full.
  const where = fixture.cells === 1 ? [1, 0] : [cell + 1];
  const of = (role: ChannelRole) => driven(fixture, role, where);
  const shared = (role: ChannelRole) => fixture.channels.find((one) => one.role === role && where.includes(one.cell));
  const [strobe, wheel] = [shared("strobe"), shared("color-wheel")];
  return {
    cell: place.firstCell + cell,
    fixture: place.index,
    red: of("red"),
    green: of("green"),
    blue: of("blue"),
    white: of("white"),
    amber: of("amber"),
    uv: of("uv"),
    dimmer: of("intensity"),
    shutter: strobe ? shutterOf(strobe) : undefined,
    wheel: wheel ? wheelOf(wheel) : undefined,
  };
}

function axesOf(fixture: PlacedFixture, index: number): Axis[] {
  return (["pan", "tilt"] as const).flatMap((axis) => {
    const channel = driven(fixture, axis, [0, 1]);
    return channel ? [{ ...channel, fixture: index, axis }] : [];
  });
}

/** Dimmer full, shutter open, wheel at its first colour: for channels that several cells share. */
function openShared({ channels }: PlacedFixture, rest: Uint8Array): void {
  for (const channel of channels.filter(({ cell }) => cell === 0)) {
    if (channel.role === "intensity") rest[channel.at] = channel.invert ? 0 : 255;
    if (channel.role === "strobe") rest[channel.at] = shutterOf(channel).open;
    if (channel.role === "color-wheel") rest[channel.at] = wheelOf(channel).values[0] ?? 0;
  }
}

const MAKES_LIGHT: readonly ChannelRole[] = ["intensity", "red", "green", "blue", "white", "amber", "uv"];

/** A lamp without dimmer and colours is dark behind its shutter. */
function darkBytes({ channels }: PlacedFixture): [number, number][] {
  const lights = channels.filter(({ role }) => MAKES_LIGHT.includes(role));
  if (lights.length > 0) return lights.map(({ at: address, invert }) => [address, invert ? 255 : 0]);
  return channels.filter(({ role }) => role === "strobe").map((channel) => [channel.at, shutterOf(channel).closed]);
}

/** An end of the scale if the range has one: fixtures are surest there. */
function middleOf({ from, to }: ChannelRange): number {
  if (from === 0) return 0;
  return to === 255 ? 255 : (from + to) >> 1;
}

function shutterOf({ at: address, ranges }: PlacedChannel): Shutter {
  const passes = new Uint8Array(256).fill(1);
  const strobes = new Uint8Array(256);
  for (const { from, to, does } of ranges) {
    if (does === "closed") passes.fill(0, from, to + 1);
    if (does === "strobe") strobes.fill(1, from, to + 1);
  }
  const value = (does: "open" | "closed") => ranges.find((range) => range.does === does);
  const [open, closed] = [value("open"), value("closed")];
  const openValue = open ? middleOf(open) : 0;
  return { at: address, open: openValue, closed: closed ? middleOf(closed) : openValue, passes, strobes, ranges };
}

function wheelOf({ at: address, ranges }: PlacedChannel): Wheel {
  const slots = ranges.filter(({ does }) => does === "color");
  const seen = new Float32Array(256 * 3).fill(1);
  for (const { from, to, color } of slots) {
    const rgb = colorOf(color ?? "#ffffff");
    for (let value = from; value <= to; value++) seen.set(rgb, value * 3);
  }
  return {
    at: address,
    values: Uint8Array.from(slots, middleOf),
    colors: Float32Array.from(slots.flatMap(({ color }) => colorOf(color ?? "#ffffff"))),
    seen,
  };
}
