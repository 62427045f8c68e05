import { describe, expect, it } from "vitest";
import { SacnSequence } from "./sacn-sequence.js";

/** What a receiver does [E1.31 6.7.2]. */
function accepts(next: number, last: number): boolean {
  const difference = ((next - last) << 24) >> 24;
  return !(difference > -20 && difference <= 0);
}

describe("sACN sequence", () => {
  it("goes on after the last number of a clean stop and wraps at 255", () => {
    const sequence = new SacnSequence({ last: 254 });

    expect([sequence.next(), sequence.mustRepeatFirst(), sequence.next()]).toEqual([255, false, 0]);
  });

  it("sends the first packet twice, 64 apart, when the last number is not known", () => {
    const sequence = new SacnSequence({ last: undefined });

    expect([sequence.next(), sequence.mustRepeatFirst(), sequence.next()]).toEqual([1, true, 65]);
    expect([sequence.mustRepeatFirst(), sequence.next()]).toEqual([false, 66]);
  });

  it("loses no look after a crash, whatever the receiver remembers", () => {
    for (let remembered = 0; remembered < 256; remembered++) {
      const sequence = new SacnSequence({ last: undefined });
      let last = remembered;
      const taken: boolean[] = [];
      for (let look = 0; look < 300; look++) {
        const numbers = [sequence.next(), ...(sequence.mustRepeatFirst() ? [sequence.next()] : [])];
        const accepted = numbers.filter((number) => {
          if (!accepts(number, last)) return false;
          last = number;
          return true;
        });
        taken.push(accepted.length > 0);
      }

      expect(taken).not.toContain(false);
    }
  });
});
