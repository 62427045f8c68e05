import { describe, expect, it } from "vitest";
import type { Lamp } from "./lamp.js";
import { planStage } from "./stage-plan.js";

const cell = { emitters: [], dimmers: [], shutters: [], wheels: [] };
const lampAt = (x: number, y: number, cells = 1): Lamp => ({
  name: `${x}/${y}`,
  kind: "",
  position: { x, y, z: 0 },
  address: "",
  cells: new Array(cells).fill(cell),
  pan: undefined,
  tilt: undefined,
});
const SIZE = { width: 1000, height: 300 };

describe("plan of the stage", () => {
  it("puts right to the right and up above, all within the picture", () => {
    const { places } = planStage([lampAt(-3, 0), lampAt(3, 4), lampAt(0, 2, 192)], SIZE);
    const [low, high, strip] = places;

    expect(low?.x).toBeLessThan(high?.x ?? 0);
    expect(low?.y).toBeGreaterThan(high?.y ?? 0);
    expect(strip?.width).toBeGreaterThan(100);
    for (const { x, y, width, radius } of places) {
      expect(x - Math.max(radius, width / 2)).toBeGreaterThanOrEqual(0);
      expect(x + Math.max(radius, width / 2)).toBeLessThanOrEqual(1000);
      expect(y).toBeGreaterThan(0);
      expect(y).toBeLessThan(300);
    }
  });

  it("leaves names out where there is no room for them", () => {
    const many = Array.from({ length: 60 }, (_, index) => lampAt(index, 0));

    expect(planStage(many, SIZE).isNamed).toBe(false);
    expect(planStage(many.slice(0, 8), SIZE).isNamed).toBe(true);
  });

  it("has a place for one lamp, and none for none", () => {
    expect(planStage([lampAt(5, 5)], SIZE).places[0]?.x).toBe(500);
    expect(planStage([], SIZE).places).toEqual([]);
  });
});
