import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cohortOf, placeInLine } from "./cohort.js";

const fleet = (size: number) => Array.from({ length: size }, (_, k) => `venue-${k % 40}.box-${k}`);

describe("cohort", () => {
  it("of 5 % is inside 25 %, and 25 % inside 100 %", () => {
    const [few, more, all] = [5, 25, 100].map((percent) => cohortOf({ deviceIds: fleet(200), salt: "a", percent }));

    expect([few, more, all].map((cohort) => cohort?.length)).toEqual([10, 50, 200]);
    expect(more).toEqual(expect.arrayContaining(few ?? []));
  });

  it("is the same for the same devices in whatever order, and another for another salt", () => {
    const devices = fleet(200);
    const once = cohortOf({ deviceIds: devices, salt: "a", percent: 10 });

    expect(cohortOf({ deviceIds: [...devices].reverse(), salt: "a", percent: 10 })).toEqual(once);
    expect(cohortOf({ deviceIds: devices, salt: "b", percent: 10 })).not.toEqual(once);
  });

  it("keeps its members when the fleet grows, shrinks or grows again, and holds at least one", () => {
    const size = fc.integer({ min: 1, max: 300 });
    fc.assert(
      fc.property(
        fc.array(size, { minLength: 1, maxLength: 6 }),
        fc.double({ min: 0.1, max: 100, noNaN: true }),
        (sizes, percent) => {
          let members = new Set<string>();
          for (const count of sizes) {
            const cohort = cohortOf({ deviceIds: fleet(count), salt: "s", percent, members });
            const present = [...members].filter((id) => fleet(count).includes(id));
            expect(cohort).toEqual(expect.arrayContaining(present));
            expect(cohort.length).toBe(Math.max(present.length, Math.ceil((count * percent) / 100 - 1e-9)));
            members = new Set([...members, ...cohort]);
          }
        },
      ),
      { numRuns: 200, seed: 5 },
    );
  });

  it("spreads devices evenly over the line", () => {
    const tenths = new Array<number>(10).fill(0);
    for (const id of fleet(10_000)) tenths[Math.floor(placeInLine(id, "salt") * 10)]! += 1;

    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(130); // 4.3 standard deviations
  });
});
