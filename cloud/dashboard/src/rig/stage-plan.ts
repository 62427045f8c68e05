/** Lamps in metres into places on a picture of a given size, seen from the audience. */
import type { Lamp } from "./lamp.js";

export interface Place {
  lamp: Lamp;
  /** Pixels; the middle of the lamp. */
  x: number;
  y: number;
  /** Of a single light, pixels. */
  radius: number;
  /** Of a row of cells, pixels; 0 = a single light. */
  width: number;
}

export interface StagePlan {
  places: Place[];
  /** Is there room for the names? */
  isNamed: boolean;
}

/** Pixels, at the sides as a share of the width. */
const MARGIN = { side: 0.06, top: 52, bottom: 50 };
/** How far things move to the right and up per metre away from the audience. */
const OBLIQUE = 0.3;
const MAX_PIXELS_PER_METRE = 200;
/** A short bar is a metre long, a strip has sixty pixels per metre: the rig does not say. */
const BAR_CELLS = 24;
const PIXELS_PER_METRE = 60;
const NAME_WIDTH = 52;

export function planStage(lamps: readonly Lamp[], { width, height }: { width: number; height: number }): StagePlan {
  const points = lamps.map(({ position: { x, y, z } }) => ({ x: x + OBLIQUE * z, y: y + OBLIQUE * z }));
  const halves = lamps.map((lamp) => lengthOf(lamp) / 2);
  const left = Math.min(...points.map(({ x }, index) => x - (halves[index] ?? 0)));
  const right = Math.max(...points.map(({ x }, index) => x + (halves[index] ?? 0)));
  const [low, high] = [Math.min(...points.map(({ y }) => y)), Math.max(...points.map(({ y }) => y))];
  const room = {
    width: Math.max(1, width - 2 * Math.min(56, Math.max(26, MARGIN.side * width))),
    height: Math.max(1, height - MARGIN.top - MARGIN.bottom),
  };
  const scaleX = Math.min(MAX_PIXELS_PER_METRE, room.width / Math.max(1e-6, right - left));
  // Heights are compressed where the rig is higher than the picture: what is above stays above.
  const scaleY = Math.min(scaleX, room.height / Math.max(1e-6, high - low));
  const onPicture = points.map(({ x, y }) => ({
    x: width / 2 + (x - (left + right) / 2) * scaleX,
    y: MARGIN.top + (high - y) * scaleY + (high - low < 1e-6 ? room.height * 0.12 : 0),
  }));
  const gap = nearest(onPicture);
  const radius = Math.min(20, Math.max(4, gap * 0.3));
  const places = lamps.map((lamp, index) => ({
    lamp,
    x: onPicture[index]?.x ?? 0,
    y: onPicture[index]?.y ?? 0,
    radius,
    width: Math.min(room.width, lengthOf(lamp) * scaleX),
  }));
  return { places, isNamed: gap >= NAME_WIDTH };
}

/** Metres; 0 = a single light. */
function lengthOf({ cells }: Lamp): number {
  if (cells.length === 1) return 0;
  return cells.length <= BAR_CELLS ? 1 : cells.length / PIXELS_PER_METRE;
}

/** The smallest distance between two; wide where there is only one. */
function nearest(points: readonly { x: number; y: number }[]): number {
  let least = 200;
  for (const [index, one] of points.entries()) {
    for (const other of points.slice(index + 1)) {
      const distance = Math.hypot(one.x - other.x, one.y - other.y);
      if (distance > 1) least = Math.min(least, distance);
    }
  }
  return least;
}
