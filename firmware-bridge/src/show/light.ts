/** What the effects draw on: brightness and colour of every cell, direction of every fixture, before there are bytes. */
import type { PlacedFixture } from "./patch.js";

/** Plain arrays without a class: effects write them in tight loops. Nothing here is allocated again. */
export interface Light {
  /** By cell, [0, 1]. */
  level: Float32Array;
  red: Float32Array;
  green: Float32Array;
  blue: Float32Array;
  /** By cell: flashes a second that the lamp's own strobe is asked for; 0 = open. */
  strobeHz: Float32Array;
  /** By fixture, share of the range, [0, 1]. */
  pan: Float32Array;
  tilt: Float32Array;
  /** Where heads look when nothing moves them. */
  homePan: Float32Array;
  homeTilt: Float32Array;
}

export function createLight(fixtures: PlacedFixture[]): Light {
  const cells = fixtures.reduce((sum, fixture) => sum + fixture.cells, 0);
  return {
    level: new Float32Array(cells),
    red: new Float32Array(cells),
    green: new Float32Array(cells),
    blue: new Float32Array(cells),
    strobeHz: new Float32Array(cells),
    pan: Float32Array.from(fixtures, ({ config }) => config.home.pan),
    tilt: Float32Array.from(fixtures, ({ config }) => config.home.tilt),
    homePan: Float32Array.from(fixtures, ({ config }) => config.home.pan),
    homeTilt: Float32Array.from(fixtures, ({ config }) => config.home.tilt),
  };
}

/** "#rrggbb" -> values as sent, [0, 1] each. */
export function colorOf(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}

/** Colours one after another: red, green, blue each. */
export function paletteOf(colors: readonly string[]): Float32Array {
  return Float32Array.from(colors.flatMap(colorOf));
}
