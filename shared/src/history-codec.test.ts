import fc from "fast-check";
import { expect, test } from "vitest";
import { BPM_STEPS, CONFIDENCE_STEPS, TIME_STEP_US } from "./beat-codec.js";
import { HistoryBatch } from "./contracts/history.js";
import { InputError } from "./errors.js";
import { batchNameOf, decodeHistory, encodeHistory, markLate } from "./history-codec.js";

/** Beats of a room at about 128 BPM: the tempo drifts, every beat is a few milliseconds off. */
function room(count: number): HistoryBatch["beats"] {
  let atUs = 1_795_360_512_345_678;
  return Array.from({ length: count }, (_, index) => {
    const bpm = 127.9 + Math.round(40 * Math.sin(index / 20)) / 100;
    atUs += Math.round(60_000_000 / bpm + 4000 * Math.sin(index * 1.7));
    return {
      beatId: `8c1f0a2b-${104_233 + index}`,
      atUs,
      beatInBar: (index % 4) + 1,
      beatsPerBar: 4,
      bar: 812 + Math.floor(index / 4),
      bpm,
      confidence: Math.round(1000 * (0.9 + 0.08 * Math.sin(index))) / 1000,
      source: "tracker",
    };
  });
}

const whole = (max: number, min = 0) => fc.integer({ min, max });
const name = fc.string({ minLength: 1, maxLength: 64, unit: "grapheme-ascii" });
const word = fc.oneof(
  name,
  fc.tuple(fc.constantFrom("a", "8c1f", "x-1"), whole(1e15)).map((part) => part.join("-")),
);
const beat = fc.record({
  beatId: fc.oneof(word, fc.string({ minLength: 1, maxLength: 16, unit: "grapheme" })),
  atUs: whole(4_000_000_000_000_000, 1_000_000),
  beatInBar: whole(32),
  beatsPerBar: whole(32, 1),
  bar: fc.maxSafeNat(),
  bpm: fc.double({ min: 0.01, max: 1000, noNaN: true }),
  confidence: fc.double({ min: 0, max: 1, noNaN: true }),
  source: fc.constantFrom("tracker" as const, "hand" as const, "map" as const),
});
const ledger = fc.record({
  day: whole(100_000),
  produced: fc.maxSafeNat(),
  lost: fc.maxSafeNat(),
  unaccounted: fc.maxSafeNat(),
});
const clock = fc.record({
  monotonicUs: fc.maxSafeNat(),
  offsetUs: whole(2 ** 51, -(2 ** 51)),
  uncertaintyUs: fc.maxSafeNat(),
  synchronised: fc.boolean(),
});
const batches = fc
  .record(
    {
      v: fc.constant(1 as const),
      session: name,
      sequence: fc.maxSafeNat(),
      beats: fc.array(beat, { maxLength: 40 }),
      late: fc.constant(true as const),
      clock,
      ledger,
    },
    { requiredKeys: ["v", "session", "sequence", "beats", "ledger"] },
  )
  .map((batch) => batch as HistoryBatch);

test("a batch comes back as it was, within half a step of time, tempo and confidence", () => {
  fc.assert(
    fc.property(batches, (batch) => {
      const { beats, ...head } = decodeHistory(encodeHistory(batch));
      const { beats: wanted, ...wantedHead } = batch;

      expect(head).toEqual(wantedHead);
      expect(beats).toHaveLength(wanted.length);
      for (const [index, { atUs, bpm, confidence, ...exact }] of beats.entries()) {
        const { atUs: at, bpm: tempo, confidence: sure, ...same } = wanted[index]!;
        expect(exact).toEqual(same);
        expect(Math.abs(atUs - at)).toBeLessThanOrEqual(TIME_STEP_US / 2);
        expect(Math.abs(bpm - tempo)).toBeLessThanOrEqual(0.5 / BPM_STEPS + 1e-9);
        expect(Math.abs(confidence - sure)).toBeLessThanOrEqual(0.5 / CONFIDENCE_STEPS + 1e-9);
      }
    }),
    { seed: 5, numRuns: 300 },
  );
});

test("what has been packed once packs to the same bytes again", () => {
  fc.assert(
    fc.property(batches, (batch) => {
      const packed = encodeHistory(batch);

      expect(encodeHistory(decodeHistory(packed))).toEqual(packed);
    }),
    { seed: 5, numRuns: 200 },
  );
});

test("a beat of an ordinary room takes about five bytes, its batch's head counted", () => {
  const batch: HistoryBatch = {
    v: 1,
    session: "8c1f0a2b",
    sequence: 311,
    beats: room(256),
    clock: { monotonicUs: 86_400_000_000, offsetUs: -1200, uncertaintyUs: 4000, synchronised: true },
    ledger: { day: 20_779, produced: 104_000, lost: 0, unaccounted: 3 },
  };

  const bytesPerBeat = encodeHistory(batch).length / 256;

  console.log(`${bytesPerBeat.toFixed(2)} bytes a beat in a batch of 256`);
  expect(bytesPerBeat).toBeLessThan(5.5);
});

test("JSON is taken as well", () => {
  const batch: HistoryBatch = { v: 1, session: "s", sequence: 3, beats: room(2) };

  expect(decodeHistory(new TextEncoder().encode(JSON.stringify(batch)))).toEqual(batch);
});

test("the late mark changes nothing else", () => {
  const batch: HistoryBatch = { v: 1, session: "s", sequence: 3, beats: room(3) };
  const packed = encodeHistory(batch);

  expect(decodeHistory(markLate(packed))).toEqual({ ...decodeHistory(packed), late: true });
});

test("the name of a batch can be read although its beats cannot", () => {
  const packed = encodeHistory({ v: 1, session: "s", sequence: 3, beats: room(3) });

  expect(() => decodeHistory(packed.subarray(0, -1))).toThrow(InputError);
  expect(batchNameOf(packed.subarray(0, -1))).toEqual({ session: "s", sequence: 3 });
  expect(batchNameOf(new Uint8Array([2, 0, 5]))).toBe(undefined);
  const json = (text: string) => batchNameOf(new TextEncoder().encode(text));
  expect(json('{"v":1,"session":"s","sequence":3,"beats":"none"}')).toEqual({ session: "s", sequence: 3 });
  expect(json('{"v":1,"session":"s\\"t","sequence": 3,"beats":[{"atUs"')).toEqual({ session: 's"t', sequence: 3 });
  expect(json('{"v":1,"session":"s","sequence":-3}')).toBe(undefined);
  expect(json("{}")).toBe(undefined);
  expect(json("")).toBe(undefined);
});

test("bytes that are no batch are refused with one clear error", () => {
  const packed = encodeHistory({ v: 1, session: "s", sequence: 3, beats: room(1) });
  const refusal = (bytes: Uint8Array) => {
    try {
      return decodeHistory(bytes) && "taken";
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      return (error as Error).message;
    }
  };

  expect(refusal(new Uint8Array())).toBe("history: not JSON");
  expect(refusal(new Uint8Array([2]))).toBe("history: flags ends too soon");
  expect(refusal(new Uint8Array([2, 16]))).toBe("history: flags 16 is not known: update Tactus");
  expect(refusal(new Uint8Array([2, 0, 1, 0xff]))).toBe("history: session is not UTF-8");
  expect(refusal(new Uint8Array([...packed, 0]))).toBe("history: beats are followed by more bytes");
  expect(refusal(new Uint8Array([2, 0, 1, 115, 3, 0]))).toBe("history: beats are none, and no ledger says why");
  expect(refusal(new Uint8Array([2, 0, 1, 115, 3, 0xe9, 7]))).toBe("history: beats 1001 is not within 0 to 1000");
  expect(refusal(new Uint8Array(300_000).fill(2))).toBe("history: 300000 bytes, at most 262144");
});

test("whatever the bytes, the decoder gives a batch that the contract takes, or InputError", () => {
  const packed = encodeHistory({ v: 1, session: "s", sequence: 3, beats: room(6) });
  const broken = fc
    .array(fc.tuple(whole(packed.length - 1), whole(255)), { minLength: 1, maxLength: 8 })
    .map((edits) => {
      const bytes = packed.slice();
      for (const [at, value] of edits) bytes[at] = value;
      return bytes;
    });
  const random = fc.uint8Array({ maxLength: 120 }).map((rest) => new Uint8Array([2, ...rest]));
  let taken = 0;

  fc.assert(
    fc.property(fc.oneof(broken, random), (bytes) => {
      try {
        const batch = decodeHistory(bytes);
        taken++;
        expect(HistoryBatch.safeParse(batch).error).toBe(undefined);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
      }
    }),
    { seed: 5, numRuns: 3000 },
  );
  expect(taken).toBeGreaterThan(100);
});
