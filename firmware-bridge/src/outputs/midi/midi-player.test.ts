import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MidiConfig } from "./midi-config.js";
import { MidiPlayer, type PlayerCue, type TimedMessage } from "./midi-player.js";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

function player(settings: Partial<MidiConfig> = {}) {
  const config = MidiConfig.parse({ type: "midi", port: { kind: "raw", path: "/dev/null" }, ...settings });
  const subject = new MidiPlayer(config);
  const sent: TimedMessage[] = [];
  let clock = 0;
  /** Lets time pass in steps of 10 ms. */
  const runTo = (time: number) => {
    for (; clock < time; clock += 0.01) sent.push(...subject.take(clock));
  };
  /** Cues of an even tempo from `first` on, each 150 ms before its beat. */
  const play = (cues: (Partial<PlayerCue> & { at: number })[]) => {
    for (const cue of cues) {
      runTo(cue.at - 0.15);
      subject.cue({ bpm: 120, beatInBar: 0, beatsPerBar: 4, ...cue }, clock);
    }
  };
  const words = () => sent.map(({ bytes }) => hex(bytes));
  return { subject, sent, runTo, play, words };
}

/** `count` beats at 120 BPM from `at` on; the first is `firstInBar`. */
const beats = (count: number, { at = 1, firstInBar = 1 } = {}) =>
  Array.from({ length: count }, (_, index) => ({ at: at + index / 2, beatInBar: ((firstInBar - 1 + index) % 4) + 1 }));

describe("MidiPlayer", () => {
  it("starts half a tick before the first downbeat, then a tick falls on it", () => {
    const { subject, play, runTo, words, sent } = player();
    subject.mode("following");
    play(beats(6, { firstInBar: 3 }));
    runTo(3);

    const start = words().indexOf("fa");
    expect(words()[start - 1]).toBe("f20000");
    expect(
      words()
        .slice(0, start - 1)
        .every((word) => word === "f8"),
    ).toBe(true);
    expect(start - 1).toBe(48);
    expect(words()[start + 1]).toBe("f8");
    expect(sent[start + 1]?.at).toBeCloseTo(2, 9);
    expect((sent[start + 1]?.at ?? 0) - (sent[start]?.at ?? 0)).toBeGreaterThan(0.001);
  });

  it("sends 24 ticks to every beat whatever the beats wander", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -0.04, max: 0.04, noNaN: true }), { minLength: 8, maxLength: 40 }),
        (wander) => {
          const { subject, play, runTo, sent } = player();
          subject.mode("following");
          play(beats(wander.length).map((cue, index) => ({ ...cue, at: cue.at + (wander[index] ?? 0) })));
          play(beats(8, { at: 1 + wander.length / 2, firstInBar: (wander.length % 4) + 1 }));
          const end = 1 + (wander.length + 7) / 2;
          runTo(end + 0.005);

          const ticks = sent.filter(({ bytes }) => bytes[0] === 0xf8).length;
          return Math.abs(ticks - (wander.length + 7) * 24) <= 1;
        },
      ),
    );
  });

  it("stops at once when the music is over, and starts at bar 1 with the next", () => {
    const { subject, play, runTo, words } = player();
    subject.mode("following");
    play(beats(5));
    runTo(3.3);
    subject.mode("idle");
    runTo(5);
    expect(words().at(-1)).toBe("fc");

    subject.mode("following");
    play(beats(2, { at: 6 }));
    runTo(6.2);
    expect(words().slice(words().indexOf("fc"))).toEqual(expect.arrayContaining(["f20000", "fa", "f8"]));
  });

  it("goes on at the next bar with transport: continue", () => {
    const { subject, play, runTo, words } = player({ transport: "continue" });
    subject.mode("following");
    play(beats(6));
    runTo(3.6);
    subject.mode("idle");
    subject.mode("following");
    play(beats(1, { at: 6 }));
    runTo(6.1);

    // Six beats were played: bar 3 is beat 8, sixteenth 32.
    expect(words()).toContain("f22000");
    expect(words()).toContain("fb");
  });

  it("pauses the clock while holding, and keeps it in silence when asked to", () => {
    const holding = player();
    holding.subject.mode("following");
    holding.play(beats(4));
    holding.runTo(2.7);
    holding.subject.mode("holding");
    const before = holding.sent.length;
    holding.runTo(5);
    expect(holding.sent.length).toBe(before);

    const kept = player({ clockInSilence: true });
    kept.subject.mode("following");
    kept.play(beats(4));
    kept.runTo(2.7);
    kept.subject.mode("idle");
    kept.runTo(3.7);
    expect(
      kept
        .words()
        .slice(-20)
        .every((word) => word === "f8"),
    ).toBe(true);
  });

  it("moves the receiver's bar once the downbeat has been elsewhere for two bars", () => {
    const { subject, play, runTo, words } = player();
    subject.mode("following");
    play(beats(8));
    play(beats(14, { at: 5, firstInBar: 2 }));
    runTo(12);

    const stop = words().indexOf("fc");
    expect(
      words()
        .slice(stop, stop + 3)
        .map((word) => word.slice(0, 2)),
    ).toEqual(["fc", "f2", "fb"]);
    expect(words().filter((word) => word === "fc")).toHaveLength(1);
  });

  it("starts without downbeats after eight beats", () => {
    const { subject, play, runTo, words } = player();
    subject.mode("following");
    play(beats(9).map(({ at }) => ({ at, beatInBar: 0 })));
    runTo(6);

    expect(words().indexOf("fa")).toBe(7 * 24 + 1);
  });

  it("plays a note per beat and per bar, and ends what sounds", () => {
    const { subject, play, runTo, words } = player({ notes: { channel: 10, beat: 36, downbeat: 37, velocity: 90 } });
    subject.mode("following");
    play(beats(3));
    runTo(2.05);
    subject.mode("released");
    runTo(2.1);

    const notes = words().filter((word) => /^[89]/.test(word));
    expect(notes).toEqual(["99255a", "892500", "99245a", "892400", "99245a", "892400"]);
  });

  it("plays one note of one cue, however the cues crowd", () => {
    const { subject, play, runTo, words } = player({ notes: { channel: 1, beat: 60, velocity: 100 } });
    subject.mode("following");
    play(beats(8).map((cue, index) => ({ ...cue, at: 1 + index * 0.03 })));
    runTo(3);

    expect(words().filter((word) => word === "903c64")).toHaveLength(8);
    expect(words().filter((word) => word === "803c00")).toHaveLength(8);
  });

  it("sends notes alone when the clock is off", () => {
    const { subject, play, runTo, words } = player({
      clock: false,
      transport: "none",
      notes: { channel: 1, beat: 60, velocity: 100 },
    });
    subject.mode("following");
    play(beats(2));
    runTo(3);

    expect(words()).toEqual(["903c64", "803c00", "903c64", "803c00"]);
  });

  it("sends a full frame and then quarter frames from the start on", () => {
    const { subject, play, runTo, words, sent } = player({ timeCode: { framesPerSecond: 25, startHour: 1 } });
    subject.mode("following");
    play(beats(2));
    runTo(1.5);

    expect(words()).toContain("f07f7f010121000000f7");
    const quarters = sent.filter(({ bytes }) => bytes[0] === 0xf1);
    expect(quarters.slice(0, 8).map(({ bytes }) => hex(bytes))).toEqual([
      "f100",
      "f110",
      "f120",
      "f130",
      "f140",
      "f150",
      "f161",
      "f172",
    ]);
    expect(quarters[1]?.at).toBeCloseTo(1.01, 9);
    expect(hex(quarters[8]?.bytes ?? new Uint8Array())).toBe("f102");
  });

  it("does not make up for what it slept through", () => {
    const { subject, play, sent } = player();
    subject.mode("following");
    play(beats(4));
    const before = sent.length;
    const woken = subject.take(3600);

    expect(sent.length).toBe(before);
    expect(woken.map(({ bytes }) => hex(bytes))).toEqual(["fc"]);
    expect(subject.nextAt()).toBe(Number.POSITIVE_INFINITY);
  });

  it("says nothing before it follows, and nothing on a tempo that is none", () => {
    const { subject, play, runTo, sent } = player();
    play(beats(2));
    subject.mode("following");
    subject.cue({ at: 2, bpm: 0, beatInBar: 1, beatsPerBar: 4 }, 1.9);
    runTo(3);

    expect(sent).toEqual([]);
  });
});
