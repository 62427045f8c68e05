import { expect, test } from "vitest";
import { BarPointerFilter } from "./bar-pointer-filter.js";
import { type TempoStates, tempoStates } from "./tempo-states.js";

const SMALL = { minBpm: 200, maxBpm: 300, fps: 50, maxStates: 60, lambda: 50 };
const OPTIONS = { observationLambda: 4, gamma: 0.5, metreChange: 0.01 };

/** The same filter written cell by cell, every state touched and normalised at every frame. */
function plainFilter(tempo: TempoStates, metres: number[], beat: number[], downbeat: number[]): number[] {
  type State = { m: number; b: number; i: number; k: number };
  const states: State[] = [];
  for (let m = 0; m < metres.length; m++) {
    for (let b = 0; b < (metres[m] as number); b++) {
      tempo.intervals.forEach((n, i) => {
        for (let k = 0; k < n; k++) states.push({ m, b, i, k });
      });
    }
  }
  const index = new Map(states.map((s, at) => [`${s.m},${s.b},${s.i},${s.k}`, at]));
  const transition = (from: number, to: number): number => {
    const band = tempo.into[to] as { first: number; weights: Float64Array };
    return band.weights[from - band.first] ?? 0;
  };
  let p = states.map(() => 1 / states.length);
  for (let t = 0; t < beat.length; t++) {
    const next = states.map(() => 0);
    states.forEach((s, at) => {
      const n = tempo.intervals[s.i] as number;
      if (s.k + 1 < n) {
        next[index.get(`${s.m},${s.b},${s.i},${s.k + 1}`) as number] = p[at] as number;
        return;
      }
      for (let j = 0; j < tempo.intervals.length; j++) {
        const share = transition(s.i, j) * (p[at] as number);
        const add = (m: number, b: number, x: number): void => {
          const to = index.get(`${m},${b},${j},0`) as number;
          next[to] = (next[to] as number) + x;
        };
        if (s.b + 1 < (metres[s.m] as number)) add(s.m, s.b + 1, share);
        else
          for (let m = 0; m < metres.length; m++)
            add(m, 0, share * (m === s.m ? 1 - OPTIONS.metreChange : OPTIONS.metreChange / (metres.length - 1)));
      }
    });
    const a = beat[t] as number;
    const d = Math.min(downbeat[t] as number, a);
    const off = Math.max(1 - a, 1e-3) / (OPTIONS.observationLambda - 1);
    const factor = (x: number): number => (Math.max(x, 1e-3) / off) ** OPTIONS.gamma;
    p = next.map((x, at) => {
      const s = states[at] as State;
      const width = Math.ceil((tempo.intervals[s.i] as number) / OPTIONS.observationLambda);
      return s.k < width ? x * factor(s.b === 0 ? d : a - d) : x;
    });
    const sum = p.reduce((x, y) => x + y, 0);
    p = p.map((x) => x / sum);
  }
  return p;
}

test("filter equals the plain forward algorithm, cell by cell", () => {
  const tempo = tempoStates(SMALL);
  const metres = [2, 3];
  const beat = Array.from({ length: 90 }, (_, t) => (t % 12 === 0 ? 0.9 : ((t * 7) % 5) / 12));
  const downbeat = Array.from({ length: 90 }, (_, t) => (t % 36 === 0 ? 0.8 : 0.05));
  const filter = new BarPointerFilter({ ...OPTIONS, tempo, metres });

  for (let t = 0; t < beat.length; t++) filter.step(beat[t] as number, downbeat[t] as number);

  const expected = plainFilter(tempo, metres, beat, downbeat);
  let at = 0;
  for (let ring = 0; ring < filter.rings; ring++) {
    for (let i = 0; i < tempo.intervals.length; i++) {
      for (let k = 0; k < (tempo.intervals[i] as number); k++) {
        expect(filter.at(ring, i, k)).toBeCloseTo(expected[at++] as number, 10);
      }
    }
  }
});

test("filter stays a probability over an hour of frames", () => {
  const tempo = tempoStates({ ...SMALL, fps: 100, minBpm: 55, maxBpm: 215, lambda: 200 });
  const filter = new BarPointerFilter({ ...OPTIONS, observationLambda: 16, tempo, metres: [1] });

  for (let t = 0; t < 360_000; t++) filter.step(t % 50 < 2 ? 0.95 : 0.02, 0);

  const marginal = new Float64Array(filter.cellsPerRing);
  filter.beatMarginal(marginal);
  expect(marginal.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
  expect(marginal.every((p) => p >= 0)).toBe(true);
});

test("filter that is told nonsense starts afresh instead of failing", () => {
  const filter = new BarPointerFilter({ ...OPTIONS, tempo: tempoStates(SMALL), metres: [4] });

  filter.step(Number.NaN, 0);
  for (let t = 0; t < 24; t++) filter.step(t % 12 === 0 ? 0.9 : 0.1, 0);

  expect(Number.isFinite(filter.at(0, 0, 0))).toBe(true);
});
