/** The bytes of a rig into plain data that a page can draw: where each lamp is, what colour, where it looks. */
import type { Patch, PlacedFixture, Span } from "./patch.js";
import { seenColor } from "./seen-color.js";
import type { RichCell, Wiring } from "./wiring.js";

export interface FixtureView {
  name: string;
  profile: string;
  mode: string;
  spans: Span[];
  groups: string[];
  /** Metres, seen from the audience: x to the right, y up, z away. */
  position: { x: number; y: number; z: number };
  /** Seen colours, red, green, blue 0–255, three numbers per cell in the order of the cells. */
  colors: number[];
  /** Share of the range, [0, 1]; undefined where it does not move. */
  pan: number | undefined;
  tilt: number | undefined;
  /** undefined = the flash limiter watches it; otherwise why it does not. */
  unlimitedBecause: string | undefined;
}

/** @param bytes all patched universes, as sent */
export function viewFixtures({ fixtures }: Patch, wiring: Wiring, bytes: Uint8Array): FixtureView[] {
  const colors = cellColors(wiring, bytes);
  const angles = new Map(wiring.axes.map((axis) => [`${axis.fixture} ${axis.axis}`, (bytes[axis.at] ?? 0) / 255]));
  let first = 0;
  return fixtures.map((fixture, index) => {
    const own = Array.from(colors.subarray(3 * first, 3 * (first + fixture.cells)));
    first += fixture.cells;
    return {
      name: fixture.config.name,
      profile: fixture.profile,
      mode: fixture.mode,
      spans: fixture.spans,
      groups: fixture.config.groups,
      position: fixture.config.position ?? { x: index, y: 0, z: 0 },
      colors: own,
      pan: angles.get(`${index} pan`),
      tilt: angles.get(`${index} tilt`),
      unlimitedBecause: reasonOf(fixture),
    };
  });
}

const reasonOf = ({ config: { flash } }: PlacedFixture): string | undefined =>
  flash.limit === "off" ? flash.reason : undefined;

/** Red, green, blue 0–255 of every cell. */
function cellColors({ plain, rich }: Wiring, bytes: Uint8Array): Uint8Array {
  const colors = new Uint8Array(3 * (plain.cell.length + rich.length));
  for (let index = 0; index < plain.cell.length; index++) {
    const places = [plain.red[index], plain.green[index], plain.blue[index]];
    colors.set(
      places.map((at) => bytes[at ?? 0] ?? 0),
      3 * (plain.cell[index] ?? 0),
    );
  }
  const seen = new Float32Array(3);
  for (const lamp of rich) {
    seenColor(lamp, bytes, seen, 0);
    colors.set(inBytes(seen), 3 * (lamp as RichCell).cell);
  }
  return colors;
}

/** Where emitters add up to more than 1, the hue stays. */
function inBytes(seen: Float32Array): number[] {
  const most = Math.max(1, ...seen);
  return Array.from(seen, (value) => Math.round((value / most) * 255));
}
