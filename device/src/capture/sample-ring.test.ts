import { describe, expect, it } from "vitest";
import { SampleRing } from "./sample-ring.js";

const ring = (capacity = 4, audioChannels = 1) => new SampleRing({ audioChannels, capacity });

function readAll(subject: SampleRing, size = 8): number[] {
  const into = new Float32Array(size);
  return [...into.subarray(0, subject.read(into))];
}

describe("SampleRing", () => {
  it("gives samples in the order they came", () => {
    const subject = ring();
    subject.write(Float32Array.of(1, 2));
    subject.write(Float32Array.of(3));

    expect(readAll(subject)).toEqual([1, 2, 3]);
    expect(subject.available).toBe(0);
  });

  it("keeps the order across its end, again and again", () => {
    const subject = ring();
    const got: number[] = [];
    for (let i = 0; i < 30; i += 3) {
      subject.write(Float32Array.of(i, i + 1, i + 2));
      got.push(...readAll(subject));
    }

    expect(got).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(subject.dropped).toBe(0);
  });

  it("drops the oldest when the reader falls behind, and counts them", () => {
    const subject = ring();
    subject.write(Float32Array.of(1, 2, 3));

    expect(subject.write(Float32Array.of(4, 5, 6))).toBe(2);
    expect(subject.readIndex).toBe(2);
    expect(readAll(subject)).toEqual([3, 4, 5, 6]);
    expect(subject.dropped).toBe(2);
  });

  it("keeps the end of a chunk that is larger than itself", () => {
    const subject = ring();
    subject.write(Float32Array.of(1));

    expect(subject.write(Float32Array.of(2, 3, 4, 5, 6, 7))).toBe(3);
    expect(readAll(subject)).toEqual([4, 5, 6, 7]);
    expect(subject.readIndex).toBe(7);
  });

  it("counts in sample frames and never splits one", () => {
    const subject = ring(3, 2);
    subject.write(Float32Array.of(1, -1, 2, -2, 3, -3, 4, -4));

    expect(subject.dropped).toBe(1);
    const into = new Float32Array(3);
    expect(subject.read(into)).toBe(1);
    expect([...into]).toEqual([2, -2, 0]);
  });

  it("forgets what it holds when it is cleared, without counting a loss", () => {
    const subject = ring();
    subject.write(Float32Array.of(1, 2));

    subject.clear();

    expect([subject.available, subject.dropped, subject.readIndex]).toEqual([0, 0, 2]);
  });
});
