import { describe, expect, it } from "vitest";
import { ClockFit } from "./clock-fit.js";

describe("ClockFit", () => {
  it("takes the first reading as it is", () => {
    const fit = new ClockFit();
    fit.add({ local: 10, offset: 0.245, halfWidth: 0.001 });

    expect(fit.toFar(11)).toBeCloseTo(11.245, 9);
  });

  it("follows a clock that runs away by 215 parts in a million", () => {
    const fit = new ClockFit();
    for (let second = 0; second < 60; second += 1)
      fit.add({ local: second, offset: 0.245 + second * 215e-6, halfWidth: 0.0001 });

    expect(fit.toFar(60.5) - 60.5).toBeCloseTo(0.245 + 60.5 * 215e-6, 6);
  });

  it("is not moved by readings whose answers came late", () => {
    const fit = new ClockFit();
    for (let second = 0; second < 40; second += 1) {
      const late = second % 3 === 0 ? 0.01 : 0;
      fit.add({ local: second, offset: 1 - late, halfWidth: 0.0001 + late });
    }

    expect(fit.toFar(40)).toBeCloseTo(41, 6);
  });

  it("believes no drift of readings that lie close together", () => {
    const fit = new ClockFit();
    fit.add({ local: 0, offset: 0, halfWidth: 0.001 });
    fit.add({ local: 0.1, offset: 0.0008, halfWidth: 0.001 });

    expect(fit.toFar(10) - 10).toBeCloseTo(0, 2);
  });

  it("passes over what is not a number, and forgets on reset", () => {
    const fit = new ClockFit();
    fit.add({ local: 0, offset: Number.NaN, halfWidth: 0 });
    expect(fit.known).toBe(false);

    fit.add({ local: 0, offset: 1, halfWidth: 0 });
    fit.reset();
    expect(fit.known).toBe(false);
  });
});
