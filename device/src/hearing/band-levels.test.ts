import { expect, test } from "vitest";
import { BandLevels } from "./band-levels.js";

const magnitudes = (value: (band: number) => number) => Float32Array.from({ length: 64 }, (_, band) => value(band));

test("band levels stay in [0, 1] and bring a steady sound to full scale", () => {
  const levels = new BandLevels();

  for (let hop = 0; hop < 100; hop++) levels.update(magnitudes(() => 0.1));

  expect([...levels.bands]).toEqual(new Array(16).fill(1));
});

test("band levels of silence are zero", () => {
  const levels = new BandLevels();

  for (let hop = 0; hop < 100; hop++) levels.update(magnitudes(() => 0));

  expect([...levels.bands]).toEqual(new Array(16).fill(0));
  expect(levels.energy()).toEqual({ low: 0, mid: 0, high: 0 });
});

test("band levels do not amplify the noise of an open input", () => {
  const levels = new BandLevels();

  for (let hop = 0; hop < 100; hop++) levels.update(magnitudes(() => 1e-5));

  expect(Math.max(...levels.bands)).toBeLessThan(0.1);
});

test("a bass drum is low energy and no high energy", () => {
  const levels = new BandLevels();

  for (let hop = 0; hop < 50; hop++) levels.update(magnitudes((band) => (band < 5 ? 0.2 : 0)));

  expect(levels.energy()).toEqual({ low: 1, mid: 0, high: 0 });
});

test("energy falls within half a second after the sound", () => {
  const levels = new BandLevels();
  for (let hop = 0; hop < 50; hop++) levels.update(magnitudes(() => 0.2));

  for (let hop = 0; hop < 25; hop++) levels.update(magnitudes(() => 0));

  expect(levels.energy().mid).toBeLessThan(0.5);
});
