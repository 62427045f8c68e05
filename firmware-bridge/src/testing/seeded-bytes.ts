/** A seed into the same random and damaged packets each time: what fuzz tests feed to decoders. */

/** [0, 1), the same sequence for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** 0..`longest` random bytes. */
export function randomBytes(random: () => number, longest: number): Uint8Array {
  return Uint8Array.from({ length: Math.floor(random() * (longest + 1)) }, () => Math.floor(random() * 256));
}

/** One of the valid packets with up to eight bytes or bits changed, and at times cut short or made longer. */
export function mutants(random: () => number, seeds: readonly Uint8Array[]): Uint8Array {
  const seed = seeds[Math.floor(random() * seeds.length)] ?? new Uint8Array();
  const bytes = Uint8Array.from(seed);
  const changes = Math.floor(random() * 9);
  for (let i = 0; i < changes && bytes.length > 0; i++) {
    const at = Math.floor(random() * bytes.length);
    const value = Math.floor(random() * 256);
    bytes[at] = random() < 0.5 ? value : (bytes[at] ?? 0) ^ (1 << (value & 7));
  }
  const fate = random();
  if (fate < 0.1) return bytes.subarray(0, Math.floor(random() * bytes.length));
  if (fate < 0.2) return Uint8Array.of(...bytes, ...randomBytes(random, 40));
  return bytes;
}
