/** A group of the rig into the cells an effect draws on, in their order, apart by whether the flash limiter watches them. */
import type { EffectConfig } from "./effect-config.js";
import type { PlacedFixture } from "./patch.js";
import type { RigConfig } from "./rig-config.js";

export interface Part {
  /** The limiter watches these cells: repeating effects keep below its rate. */
  limited: boolean;
  cells: Int32Array;
  /** Place in the group, one per entry of `cells`: [0, size). Cells of a fixture share it when fixtures are counted. */
  order: Int32Array;
  /** Values of the current frame, one per entry of `cells`. */
  values: Float32Array;
}

export interface Selection {
  /** Fixtures or cells that are counted. */
  size: number;
  parts: Part[];
  /** Fixture numbers in the order of the group. */
  fixtures: Int32Array;
}

export class Selector {
  readonly #fixtures: PlacedFixture[];
  readonly #groups: Map<string, number[]>;
  readonly #firstCell: number[];

  constructor(rig: RigConfig, fixtures: PlacedFixture[]) {
    this.#fixtures = fixtures;
    this.#groups = groupsOf(rig);
    let cells = 0;
    this.#firstCell = fixtures.map((fixture) => {
      cells += fixture.cells;
      return cells - fixture.cells;
    });
  }

  select({ group, by }: Pick<EffectConfig, "group" | "by">): Selection {
    const members = this.#groups.get(group) ?? [];
    const entries = members.flatMap((index, place) => this.#cellsOf(index).map((cell) => ({ index, cell, place })));
    const ordered = entries.map((entry, place) => (by === "cell" ? { ...entry, place } : entry));
    const limited = ({ index }: { index: number }) => this.#fixtures[index]?.config.flash.limit === "on";
    const parts = [
      partOf(true, ordered.filter(limited)),
      partOf(
        false,
        ordered.filter((entry) => !limited(entry)),
      ),
    ];
    return {
      size: by === "cell" ? entries.length : members.length,
      parts: parts.filter(({ cells }) => cells.length > 0),
      fixtures: Int32Array.from(members),
    };
  }

  #cellsOf(index: number): number[] {
    const first = this.#firstCell[index] ?? 0;
    return Array.from({ length: this.#fixtures[index]?.cells ?? 0 }, (_, cell) => first + cell);
  }
}

function partOf(limited: boolean, entries: { cell: number; place: number }[]): Part {
  return {
    limited,
    cells: Int32Array.from(entries, ({ cell }) => cell),
    order: Int32Array.from(entries, ({ place }) => place),
    values: new Float32Array(entries.length),
  };
}

/** Fixture numbers by group: those that a group lists come first, then those that name the group themselves. */
function groupsOf({ fixtures, groups }: RigConfig): Map<string, number[]> {
  const numbers = new Map(fixtures.map(({ name }, index) => [name, index]));
  const found = new Map<string, number[]>([["all", fixtures.map((_, index) => index)]]);
  for (const [group, members] of Object.entries(groups)) {
    found.set(
      group,
      [...new Set(members)].flatMap((name) => numbers.get(name) ?? []),
    );
  }
  for (const [index, fixture] of fixtures.entries()) {
    for (const group of fixture.groups) {
      const members = found.get(group) ?? [];
      if (!members.includes(index)) members.push(index);
      found.set(group, members);
    }
  }
  return found;
}
