/**
 * What a packed history batch costs: bytes a beat by batch size, and beats encoded and decoded per second on one core.
 *
 *     node benchmarks/history-codec.mjs
 *
 * Beats are those of a room whose tempo drifts by ±0.4 BPM and whose beats are up to 4 ms off it; one in 200 is a correction.
 */
import { decodeHistory, encodeHistory } from "@tactus/shared";

const ROUNDS = 400;

function room(count) {
  let atUs = 1_795_360_512_345_678;
  return Array.from({ length: count }, (_, index) => {
    const bpm = Math.round(12_790 + 40 * Math.sin(index / 20)) / 100;
    const correctionUs = index % 200 === 199 ? 35_000 : 0;
    atUs += Math.round(60_000_000 / bpm + 4000 * Math.sin(index * 1.7) + correctionUs);
    const place = { beatInBar: (index % 4) + 1, beatsPerBar: 4, bar: 812 + Math.floor(index / 4) };
    const confidence = Math.round(1000 * (0.9 + 0.08 * Math.sin(index))) / 1000;
    return { beatId: `8c1f0a2b-${104_233 + index}`, atUs, ...place, bpm, confidence, source: "tracker" };
  });
}

const batchOf = (count) => ({
  v: 1,
  session: "8c1f0a2b",
  sequence: 311,
  beats: room(count),
  clock: { monotonicUs: 86_400_000_000, offsetUs: -1200, uncertaintyUs: 4000, synchronised: true },
  ledger: { day: 20_779, produced: 104_000, lost: 0, unaccounted: 3 },
});

function perSecond(beats, work) {
  for (let round = 0; round < ROUNDS / 4; round++) work();
  const began = performance.now();
  for (let round = 0; round < ROUNDS; round++) work();
  return (beats * ROUNDS * 1000) / (performance.now() - began);
}

for (const count of [8, 64, 256, 1000]) {
  const batch = batchOf(count);
  const packed = encodeHistory(batch);
  const json = JSON.stringify(batch).length;
  const encoded = perSecond(count, () => encodeHistory(batch));
  const decoded = perSecond(count, () => decodeHistory(packed));
  console.log(
    `${String(count).padStart(4)} beats: ${(packed.length / count).toFixed(2)} bytes a beat (JSON ${(json / count).toFixed(0)}), ` +
      `${(encoded / 1000).toFixed(0)} k beats/s encoded, ${(decoded / 1000).toFixed(0)} k beats/s decoded`,
  );
}
