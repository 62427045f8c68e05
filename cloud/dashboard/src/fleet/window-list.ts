/** Heights of many rows and what is scrolled to, into the few rows that are drawn. Pure. */

/** Tops of all rows, and at the end the height of all together, CSS pixels. */
export function topsOf(heights: readonly number[]): number[] {
  const tops = [0];
  for (const height of heights) tops.push((tops.at(-1) ?? 0) + height);
  return tops;
}

/** Half open range of the rows that touch [from, to), and `more` rows on each side of them. */
export function visibleRange(
  tops: readonly number[],
  { from, to, more }: { from: number; to: number; more: number },
): { first: number; end: number } {
  const count = tops.length - 1;
  const first = Math.max(0, rowAt(tops, from) - more);
  const end = Math.min(count, rowAt(tops, Math.max(from, to - 1)) + 1 + more);
  return { first: Math.min(first, count), end };
}

/** The last row whose top is at or above `at`. */
function rowAt(tops: readonly number[], at: number): number {
  let [low, high] = [0, tops.length - 2];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((tops[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}
