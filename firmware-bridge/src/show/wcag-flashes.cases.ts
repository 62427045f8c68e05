/**
 * Flashes counted from the text of WCAG 2.x, "general flash and red flash thresholds", and from nothing else: the judge of the
 * limiter, which shares no code with it. A second that begins at any sample is searched for the longest run of opposing changes.
 */

/** Linear light of a sample, 1 = one emitter at full. */
export interface Sample {
  /** Seconds. */
  at: number;
  rgb: [number, number, number];
}

/** Is the change from one state to the other a transition, and which way: 1, -1, or 0 = none. */
type Transition = (from: Sample, to: Sample) => number;

const luminance = ({ rgb: [r, g, b] }: Sample): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;

/** "a pair of opposing changes in relative luminance of 10 % or more … where the darker image is below 0.80" */
const general: Transition = (from, to) => {
  const change = luminance(to) - luminance(from);
  if (Math.abs(change) < 0.1 || Math.min(luminance(from), luminance(to)) >= 0.8) return 0;
  return Math.sign(change);
};

const sum = ({ rgb: [r, g, b] }: Sample): number => r + g + b;
const isSaturatedRed = (sample: Sample): boolean => sum(sample) > 0 && sample.rgb[0] / sum(sample) >= 0.8;
const redness = ({ rgb: [r, g, b] }: Sample): number => Math.max(0, r - g - b) * 320;

/** WCAG 2.0 and 2.1: either state saturated, and (R - G - B) × 320 changes by more than 20. */
const red21: Transition = (from, to) => {
  const change = redness(to) - redness(from);
  return Math.abs(change) > 20 && (isSaturatedRed(from) || isSaturatedRed(to)) ? Math.sign(change) : 0;
};

/** CIE 1976 UCS chromaticity of linear sRGB. */
function chromaticity({ rgb: [r, g, b] }: Sample): [number, number] {
  const x = 0.4124 * r + 0.3576 * g + 0.1805 * b;
  const y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  const z = 0.0193 * r + 0.1192 * g + 0.9505 * b;
  const all = x + 15 * y + 3 * z;
  return [(4 * x) / all, (9 * y) / all];
}

/** WCAG 2.2: to or from a saturated red, and more than 0.2 apart in the diagram; the dark has no chromaticity. */
const red22: Transition = (from, to) => {
  if (sum(from) === 0 || sum(to) === 0) return 0;
  const [[u1, v1], [u2, v2]] = [chromaticity(from), chromaticity(to)];
  if (Math.hypot(u1 - u2, v1 - v2) <= 0.2) return 0;
  const [fromRed, toRed] = [isSaturatedRed(from), isSaturatedRed(to)];
  return fromRed === toRed ? 0 : toRed ? 1 : -1;
};

/** Most flashes of any kind in any one-second period. */
export function mostFlashes(samples: Sample[]): number {
  return Math.max(...[general, red21, red22].map((transition) => mostOfKind(samples, transition)));
}

function mostOfKind(samples: Sample[], transition: Transition): number {
  let most = 0;
  for (let first = 0; first < samples.length; first++) {
    const end = samples[first]!.at + 1;
    let last = first;
    while (last + 1 < samples.length && samples[last + 1]!.at <= end) last++;
    most = Math.max(most, Math.floor(longestRun(samples, { first, last, transition }) / 2));
  }
  return most;
}

/** Transitions of the longest sequence of states in which each change opposes the one before it. */
function longestRun(
  samples: Sample[],
  { first, last, transition }: { first: number; last: number; transition: Transition },
): number {
  const up = new Array<number>(last - first + 1).fill(0);
  const down = new Array<number>(last - first + 1).fill(0);
  for (let to = first; to <= last; to++) {
    for (let from = first; from < to; from++) {
      const way = transition(samples[from]!, samples[to]!);
      if (way > 0) up[to - first] = Math.max(up[to - first]!, down[from - first]! + 1);
      if (way < 0) down[to - first] = Math.max(down[to - first]!, up[from - first]! + 1);
    }
  }
  return Math.max(...up, ...down);
}
