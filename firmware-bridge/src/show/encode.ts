/** Light into the bytes of the frame. */
import type { Light } from "./light.js";
import type { Axis, Driven, RichCell, Shutter, Wheel, Wiring } from "./wiring.js";

/** Amber of a lamp in terms of red and green. */
export const AMBER_GREEN = 0.49;
/** Below this a lamp that has only a shutter is closed. */
const DARK = 0.02;

/** Writes every driven byte. Realtime-safe: allocates nothing. */
export function encodeLight({ plain, rich, axes }: Wiring, light: Light, frame: Uint8Array): void {
  const { level, red, green, blue } = light;
  const count = plain.cell.length;
  for (let index = 0; index < count; index++) {
    const cell = plain.cell[index] as number;
    const scale = (level[cell] as number) * 255;
    frame[plain.red[index] as number] = (red[cell] as number) * scale + 0.5;
    frame[plain.green[index] as number] = (green[cell] as number) * scale + 0.5;
    frame[plain.blue[index] as number] = (blue[cell] as number) * scale + 0.5;
  }
  for (const cell of rich) encodeCell(cell, light, frame);
  for (const axis of axes) encodeAxis(axis, light, frame);
}

/** @param value [0, 1] */
function drive({ at, fineAt, invert }: Driven, value: number, frame: Uint8Array): void {
  const shown = invert ? 1 - value : value;
  if (fineAt < 0) {
    frame[at] = shown * 255 + 0.5;
    return;
  }
  const both = (shown * 65_535 + 0.5) | 0;
  frame[at] = both >> 8;
  frame[fineAt] = both & 255;
}

function encodeCell(lamp: RichCell, light: Light, frame: Uint8Array): void {
  const level = light.level[lamp.cell] as number;
  if (lamp.dimmer) drive(lamp.dimmer, level, frame);
  encodeColors(lamp, light, frame, lamp.dimmer ? 1 : level);
  if (lamp.wheel) frame[lamp.wheel.at] = slotFor(lamp.wheel, light, lamp.cell);
  if (lamp.shutter) {
    const shutterOnly = !(lamp.dimmer || lamp.red || lamp.white);
    const strobe = light.strobeHz[lamp.cell] as number;
    if (shutterOnly && level < DARK) frame[lamp.shutter.at] = lamp.shutter.closed;
    else frame[lamp.shutter.at] = strobe > 0 ? strobeValue(lamp.shutter, strobe) : lamp.shutter.open;
  }
}

/** White takes what the three colours have in common, amber what red and green have in common after that. */
function encodeColors(lamp: RichCell, light: Light, frame: Uint8Array, scale: number): void {
  let red = light.red[lamp.cell] as number;
  let green = light.green[lamp.cell] as number;
  let blue = light.blue[lamp.cell] as number;
  if (lamp.white) {
    const white = lamp.red ? Math.min(red, green, blue) : Math.max(red, green, blue);
    drive(lamp.white, white * scale, frame);
    red -= white;
    green -= white;
    blue -= white;
  }
  if (lamp.amber) {
    const amber = Math.max(0, Math.min(red, green / AMBER_GREEN));
    drive(lamp.amber, amber * scale, frame);
    red -= amber;
    green -= amber * AMBER_GREEN;
  }
  if (lamp.red) drive(lamp.red, Math.max(0, red) * scale, frame);
  if (lamp.green) drive(lamp.green, Math.max(0, green) * scale, frame);
  if (lamp.blue) drive(lamp.blue, Math.max(0, blue) * scale, frame);
  // Black light is no part of a colour: only a lamp that has nothing else gives it.
  if (lamp.uv) drive(lamp.uv, lamp.red || lamp.white ? 0 : Math.max(red, green, blue) * scale, frame);
}

/** The value of the wheel's colour that is nearest. */
function slotFor({ values, colors }: Wheel, { red, green, blue }: Light, cell: number): number {
  let best = 0;
  let distance = Number.POSITIVE_INFINITY;
  for (let slot = 0; slot < values.length; slot++) {
    const away =
      Math.abs((colors[3 * slot] as number) - (red[cell] as number)) +
      Math.abs((colors[3 * slot + 1] as number) - (green[cell] as number)) +
      Math.abs((colors[3 * slot + 2] as number) - (blue[cell] as number));
    if (away >= distance) continue;
    best = slot;
    distance = away;
  }
  return values[best] ?? 0;
}

/** The value at which the lamp's own strobe comes nearest to `hz`; open where it has none. */
export function strobeValue({ ranges, open }: Shutter, hz: number): number {
  let value = open;
  let distance = Number.POSITIVE_INFINITY;
  for (const { does, from, to, hz: speeds } of ranges) {
    if (does !== "strobe") continue;
    const slow = speeds ? speeds[0] : 1;
    const fast = speeds ? speeds[1] : 20;
    const share = slow === fast ? 0 : Math.min(1, Math.max(0, (hz - slow) / (fast - slow)));
    const away = Math.abs(slow + share * (fast - slow) - hz);
    if (away >= distance) continue;
    value = Math.round(from + share * (to - from));
    distance = away;
  }
  return value;
}

function encodeAxis(axis: Axis, light: Light, frame: Uint8Array): void {
  drive(axis, (axis.axis === "pan" ? light.pan : light.tilt)[axis.fixture] as number, frame);
}
