/** A lamp and the bytes into what is seen of it: colours of its cells, and where it looks. */
import { byteAt, type DmxFrame } from "./dmx-frame.js";
import type { Driven, Lamp, LampCell } from "./lamp.js";

/** Red, green, blue, 0–255 each. */
export type Rgb = readonly [number, number, number];

/** How much of red, green and blue an emitter at full gives: the bridge's flash limiter counts with the same. */
const EMITTED = {
  red: [1, 0, 0],
  green: [0, 1, 0],
  blue: [0, 0, 1],
  white: [1, 1, 1],
  amber: [1, 0.49, 0],
  uv: [0.4, 0, 1],
} as const;

/** Undefined: its bytes are not told. A byte counts as its share of full light. */
export function seenColour(cell: LampCell, frame: DmxFrame): Rgb | undefined {
  const dimmed = shareOfAll(cell.dimmers, frame);
  const passed = shutterShare(cell, frame);
  if (dimmed === undefined || passed === undefined) return undefined;
  const light: [number, number, number] = cell.emitters.length > 0 ? [0, 0, 0] : [1, 1, 1];
  // Without emitters and dimmer there is nothing that could shine but a shutter.
  if (cell.emitters.length + cell.dimmers.length + cell.shutters.length === 0) return [0, 0, 0];
  for (const emitter of cell.emitters) {
    const share = shareOf(emitter, frame);
    if (share === undefined) return undefined;
    EMITTED[emitter.role].forEach((part, index) => {
      light[index] = (light[index] ?? 0) + part * share;
    });
  }
  for (const wheel of cell.wheels) {
    const value = byteAt(frame, wheel.at);
    const slot = wheel.slots.find(({ from, to }) => value !== undefined && value >= from && value <= to);
    if (slot) for (let part = 0; part < 3; part++) light[part] = (light[part] ?? 0) * hexPart(slot.color, part);
  }
  // Where emitters add up to more than full, the hue stays.
  const most = Math.max(1, ...light);
  const [red, green, blue] = light.map((part) => Math.round((part / most) * dimmed * passed * 255));
  return [red ?? 0, green ?? 0, blue ?? 0];
}

/** Share of the range, [0, 1]; undefined where it does not move or is not told. */
export function seenAim(lamp: Lamp, frame: DmxFrame): { pan: number; tilt: number } | undefined {
  if (!lamp.pan && !lamp.tilt) return undefined;
  const pan = lamp.pan ? shareOf(lamp.pan, frame) : 0.5;
  const tilt = lamp.tilt ? shareOf(lamp.tilt, frame) : 0.5;
  return pan === undefined || tilt === undefined ? undefined : { pan, tilt };
}

export const hexText = (colour: Rgb): string =>
  `#${colour.map((value) => value.toString(16).padStart(2, "0")).join("")}`;

function shareOf({ at, fineAt, invert }: Driven, frame: DmxFrame): number | undefined {
  const coarse = byteAt(frame, at);
  if (coarse === undefined) return undefined;
  const fine = fineAt === undefined ? undefined : byteAt(frame, fineAt);
  const share = fine === undefined ? coarse / 255 : (coarse * 256 + fine) / 65_535;
  return invert ? 1 - share : share;
}

function shareOfAll(channels: readonly Driven[], frame: DmxFrame): number | undefined {
  let product = 1;
  for (const channel of channels) {
    const share = shareOf(channel, frame);
    if (share === undefined) return undefined;
    product *= share;
  }
  return product;
}

/** 1 or 0; a strobing shutter counts as open. */
function shutterShare({ shutters }: LampCell, frame: DmxFrame): number | undefined {
  for (const { at, closed } of shutters) {
    const value = byteAt(frame, at);
    if (value === undefined) return undefined;
    if (closed.some(({ from, to }) => value >= from && value <= to)) return 0;
  }
  return 1;
}

const hexPart = (colour: string, part: number): number =>
  Number.parseInt(colour.slice(1 + 2 * part, 3 + 2 * part), 16) / 255;
