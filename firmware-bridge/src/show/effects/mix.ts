/** How the values of an effect meet the light that is there. */
import type { Light } from "../light.js";
import type { Part } from "../selection.js";

export type Mix = "max" | "multiply" | "replace";

export function mixLevels({ cells, values }: Part, { level }: Light, mix: Mix): void {
  const count = cells.length;
  for (let index = 0; index < count; index++) {
    const cell = cells[index] as number;
    const value = values[index] as number;
    const there = level[cell] as number;
    level[cell] = mix === "replace" ? value : mix === "multiply" ? there * value : Math.max(there, value);
  }
}

/** The same value for all of them. */
export function fillLevels(part: Part, light: Light, value: number, mix: Mix): void {
  part.values.fill(value);
  mixLevels(part, light, mix);
}
