import { describe, expect, it } from "vitest";
import { SignalConditions } from "./signal-conditions.js";

const RATE = 16000;

/** Feeds `seconds` of a signal in uneven blocks; `signal` gives a value for sample i and audio channel c. */
function feed(
  subject: SignalConditions,
  signal: (i: number, c: number) => number,
  seconds: number,
  audioChannels = 2,
): void {
  const count = seconds * RATE;
  for (let at = 0; at < count; at += 700) {
    const length = Math.min(700, count - at);
    const samples = Float32Array.from({ length: length * audioChannels }, (_, k) =>
      signal(at + Math.floor(k / audioChannels), k % audioChannels),
    );
    subject.push({ samples });
  }
}

const build = (audioChannels = 2) => new SignalConditions({ sampleRateHz: RATE, audioChannels });
const sine =
  (hz: number, size = 0.3) =>
  (i: number) =>
    size * Math.sin((2 * Math.PI * hz * i) / RATE);
const silence = () => 0;

/** Something like music: a beat of noise bursts over a bass. */
function music(i: number): number {
  const phase = (i % (RATE / 2)) / (RATE / 2);
  return 0.4 * Math.exp(-8 * phase) * (Math.random() - 0.5) + 0.2 * Math.sin(i * 0.06) * Math.exp(-3 * phase);
}

describe("SignalConditions", () => {
  it("finds nothing wrong with music", () => {
    const subject = build();
    feed(subject, music, 20);

    expect(subject.report().conditions).toEqual([]);
  });

  it("says silence after three seconds and takes it back after one of sound", () => {
    const subject = build();
    feed(subject, silence, 2);
    expect(subject.report().conditions).toEqual([]);
    feed(subject, silence, 1);
    expect(subject.report()).toMatchObject({ conditions: ["silence"], rmsDb: -120, peakDb: -120 });
    feed(subject, music, 1);
    expect(subject.report().conditions).toEqual([]);
  });

  it("takes the noise of an empty socket for silence, but not a quiet room", () => {
    const [socket, room] = [build(), build()];
    feed(socket, () => 1e-4 * (Math.random() - 0.5), 4);
    feed(room, () => 4e-3 * (Math.random() - 0.5), 4);

    expect(socket.report().conditions).toEqual(["silence"]);
    expect(room.report().conditions).toEqual([]);
  });

  it("keeps what it said while the level is between its two thresholds", () => {
    const subject = build();
    feed(subject, silence, 3);
    feed(subject, sine(1000, 7e-4), 5);

    expect(subject.report().conditions).toEqual(["silence"]);
  });

  it("says clipping when a converter is driven over its end, and forgets it after ten seconds", () => {
    const subject = build();
    feed(subject, (i) => Math.max(-1, Math.min(1, 1.5 * sine(440, 1)(i))), 2);
    expect(subject.report().conditions).toEqual(["clipping"]);
    feed(subject, sine(440), 9);
    expect(subject.report().conditions).toEqual(["clipping"]);
    feed(subject, sine(440), 1);
    expect(subject.report().conditions).toEqual([]);
  });

  it("does not call loud music clipped that only touches full scale", () => {
    const subject = build();
    feed(subject, sine(440, 1), 5);

    expect(subject.report()).toMatchObject({
      conditions: [],
      peakDb: expect.closeTo(0, 1),
      rmsDb: expect.closeTo(0, 1),
    });
  });

  it("says DC offset when one channel of two stands off zero", () => {
    const subject = build();
    feed(subject, (i, c) => sine(440)(i) + (c === 1 ? 0.05 : 0), 3);

    expect(subject.report()).toMatchObject({ conditions: ["dc-offset"], dcOffset: expect.closeTo(0.05, 3) });
  });

  it.each([50, 60] as const)("says hum of %i Hz and which it is", (hz) => {
    const subject = build();
    const hum = (i: number) => sine(hz, 0.02)(i) + sine(3 * hz, 0.01)(i) + 0.002 * (Math.random() - 0.5);
    feed(subject, hum, 4);
    expect(subject.report()).toMatchObject({ conditions: ["hum"], humHz: hz });
    feed(subject, music, 3);
    expect(subject.report()).toMatchObject({ conditions: [], humHz: 0 });
  });

  it("finds hum that is half a hertz off and has only its second harmonic", () => {
    const subject = build(1);
    feed(subject, sine(100.3, 0.05), 5, 1);

    expect(subject.report().conditions).toEqual(["hum"]);
  });

  it("does not take a kick drum at 50 Hz for hum", () => {
    const subject = build();
    const kick = (i: number) =>
      0.8 * Math.exp((-10 * (i % (RATE / 2))) / RATE) * Math.sin((2 * Math.PI * 50 * (i % (RATE / 2))) / RATE);
    feed(subject, kick, 20);

    expect(subject.report().conditions).toEqual([]);
  });

  it("tells when something came or went, and only then", () => {
    const subject = build(1);
    const second = { samples: new Float32Array(RATE) };

    expect([1, 2, 3, 4].map(() => subject.push(second))).toEqual([false, false, true, false]);
  });
});
