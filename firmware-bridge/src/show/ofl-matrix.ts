/** The pixels of an Open Fixture Library matrix: their keys, and the order in which a mode repeats channels for them. */
import { InputError } from "@tactus/shared";
import type { OflInsert, OflMatrix } from "./ofl-schema.js";

interface Pixel {
  key: string;
  /** x, y, z from 1. */
  place: [number, number, number];
}

const MOST_PIXELS = 4096;

/** All pixels and groups of pixels that a template channel may stand for. */
export function pixelKeysOf(matrix: OflMatrix | undefined): string[] {
  if (!matrix) return [];
  return [...pixelsOf(matrix).map(({ key }) => key), ...Object.keys(matrix.pixelGroups)];
}

/** Channel keys of an insert block in their order, each with its pixel; null = unused channel. */
export function insertedChannels(
  insert: OflInsert,
  matrix: OflMatrix | undefined,
): { key: string | null; pixel: string }[] {
  if (!matrix)
    throw new InputError('Open Fixture Library definition: a mode repeats channels but there is no "matrix"');
  const pixels = repeatedPixels(insert.repeatFor, matrix);
  const of = (template: string | null, pixel: string) => ({ key: template && forPixel(template, pixel), pixel });
  return insert.channelOrder === "perPixel"
    ? pixels.flatMap((pixel) => insert.templateChannels.map((template) => of(template, pixel)))
    : insert.templateChannels.flatMap((template) => pixels.map((pixel) => of(template, pixel)));
}

export const forPixel = (template: string, pixel: string): string => template.replaceAll("$pixelKey", pixel);

function pixelsOf({ pixelCount, pixelKeys }: OflMatrix): Pixel[] {
  const pixels = pixelKeys ? namedPixels(pixelKeys) : numberedPixels(pixelCount ?? [1, 1, 1]);
  if (pixels.length > MOST_PIXELS) {
    throw new InputError(`Open Fixture Library definition: ${pixels.length} pixels, at most ${MOST_PIXELS}`);
  }
  return pixels;
}

/** Holes are null. */
function namedPixels(keys: (string | null)[][][]): Pixel[] {
  return keys.flatMap((plane, z) =>
    plane.flatMap((row, y) =>
      row.flatMap((key, x): Pixel[] => (key === null ? [] : [{ key, place: [x + 1, y + 1, z + 1] }])),
    ),
  );
}

/** A row is numbered 1, 2, 3; with more dimensions the key names all that are used. */
function numberedPixels([width, height, depth]: [number, number, number]): Pixel[] {
  if (width * height * depth > MOST_PIXELS) {
    throw new InputError(
      `Open Fixture Library definition: a matrix of ${width} × ${height} × ${depth}, at most ${MOST_PIXELS} pixels`,
    );
  }
  const used = [width, height, depth].filter((size) => size > 1).length;
  const pixels: Pixel[] = [];
  for (let z = 1; z <= depth; z++) {
    for (let y = 1; y <= height; y++) {
      for (let x = 1; x <= width; x++) pixels.push({ key: keyAt([x, y, z], used, depth > 1), place: [x, y, z] });
    }
  }
  return pixels;
}

function keyAt([x, y, z]: [number, number, number], used: number, isDeep: boolean): string {
  if (used <= 1) return String(x + y + z - 2);
  return isDeep ? `(${x}, ${y}, ${z})` : `(${x}, ${y})`;
}

function repeatedPixels(repeatFor: string | string[], matrix: OflMatrix): string[] {
  if (Array.isArray(repeatFor)) return repeatFor;
  if (repeatFor === "eachPixelGroup") return Object.keys(matrix.pixelGroups);
  const pixels = pixelsOf(matrix);
  if (repeatFor === "eachPixelABC") {
    return pixels.map(({ key }) => key).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  }
  const axes = /^eachPixel([XYZ]{3})$/.exec(repeatFor)?.[1];
  if (!axes) throw new InputError(`Open Fixture Library definition: unknown repeatFor "${repeatFor}"`);
  // The first letter moves fastest.
  const slowest = [...axes].reverse().map((axis) => "XYZ".indexOf(axis));
  const compare = (a: Pixel, b: Pixel) =>
    slowest.map((axis) => (a.place[axis] ?? 0) - (b.place[axis] ?? 0)).find((difference) => difference !== 0) ?? 0;
  return pixels.sort(compare).map(({ key }) => key);
}
