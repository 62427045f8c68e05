import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { BeatPose, DmxSource } from "../output.js";
import { FramePacer } from "./frame-pacer.js";
import { PacedStreams, type Stream } from "./paced-streams.js";

const POSE: BeatPose = {
  at: 0,
  beatPosition: 0,
  beatPhase: 0,
  barPhase: 0,
  beatsPerBar: 4,
  bar: 1,
  bpm: 120,
  confidence: 1,
  energy: { low: 0, mid: 0, high: 0 },
  mode: "following",
  level: 1,
};

/** A rig of universes with one value each, whose packets are lines of text: "2 ends", "1=7". */
function aRig(universes = [1, 2]) {
  const sent: string[] = [];
  const values = new Map(universes.map((universe) => [universe, 0]));
  const dmx: DmxSource = {
    get universes() {
      return [...values.keys()];
    },
    render: () => {},
    beat: () => {},
    channels: (universe) => Uint8Array.of(values.get(universe) ?? 0),
  };
  const open = (universe: number): Stream => {
    let value = 0;
    return {
      take: (source) => {
        const [next = 0] = source.channels(universe);
        const changed = next !== value;
        value = next;
        return changed;
      },
      clear: () => {
        value = 0;
      },
      send: () => void sent.push(`${universe}=${value}`),
      end: () => void sent.push(`${universe} ends`),
    };
  };
  const streams = new PacedStreams({
    now: () => performance.now() / 1000,
    dmx,
    frameRateHz: 44,
    keepAliveS: 0.8,
    repeats: 3,
    universes: () => dmx.universes,
    open,
    flush: () => void sent.push("flush"),
    failed: (error) => void sent.push(error.message),
  });
  streams.start();
  const take = () => sent.splice(0).filter((line) => line !== "flush");
  const frames = async (count: number) => {
    for (let i = 0; i < count; i++) {
      streams.frame(POSE);
      await vi.advanceTimersByTimeAsync(25);
    }
    return take();
  };
  return { streams, values, sent, take, frames };
}

describe("paced streams", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["performance", "setTimeout", "setInterval", "clearInterval"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("send each universe once at first, then only what changed, three times", async () => {
    const { values, frames } = aRig();

    expect(await frames(1)).toEqual(["1=0", "2=0"]);
    expect(await frames(2)).toEqual([]);
    values.set(2, 9);
    expect(await frames(6)).toEqual(["2=9", "2=9", "2=9"]);
  });

  it("flush once after the last universe of a frame, and not when nothing left", async () => {
    const { streams, sent } = aRig();
    streams.frame(POSE);
    await vi.advanceTimersByTimeAsync(25);
    streams.frame(POSE);

    expect(sent).toEqual(["1=0", "2=0", "flush"]);
  });

  it("repeat unchanged values every 0.8 to 1 s, with frames or without", async () => {
    const { streams, frames, take } = aRig([1]);

    expect((await frames(120)).length).toBe(1 + 3); // 3 s
    await vi.advanceTimersByTimeAsync(3000);
    expect(take().length).toBeGreaterThanOrEqual(3);
    streams.stop();
  });

  it("blackout sends zeros at once, repeats them, and no frame lights up before it ends", async () => {
    const { streams, values, frames, take } = aRig([1]);
    values.set(1, 200);
    await frames(4);

    streams.mode("blackout");
    expect(take()).toEqual(["1=0"]);
    expect(await frames(20)).toEqual(["1=0", "1=0"]);
    streams.mode("following");
    expect((await frames(1))[0]).toBe("1=200");
    streams.stop();
  });

  it("blackout before the first frame darkens all universes", () => {
    const { streams, take } = aRig();

    streams.mode("blackout");

    expect(take()).toEqual(["1=0", "2=0"]);
  });

  it("holding leaves the look to the source, which may still merge a desk", async () => {
    const { streams, values, frames } = aRig([1]);
    values.set(1, 50);
    await frames(4);

    streams.mode("holding");
    expect(await frames(1)).toEqual([]);
    values.set(1, 99);
    expect(await frames(1)).toEqual(["1=99"]);
  });

  it("nothing leaves before the start, and a blackout told before it is dark from the start", async () => {
    const { streams, frames, take } = aRig([1]);
    await streams.stop();
    streams.mode("blackout");
    expect(await frames(10)).toEqual([]);

    streams.start();

    expect(take()).toEqual(["1=0"]);
  });

  it("released ends the streams and sends nothing until another mode comes", async () => {
    const { streams, frames, take } = aRig();
    await frames(1);

    streams.mode("released");
    expect(take()).toEqual(["1 ends", "2 ends"]);
    expect(await frames(80)).toEqual(["1 ends", "2 ends", "1 ends", "2 ends"]);
    streams.mode("following");
    expect(await frames(1)).toEqual(["1=0", "2=0"]);
  });

  it("a stop ends each stream three times, round by round", async () => {
    const { streams, frames, take } = aRig();
    await frames(1);

    const stopped = streams.stop();
    await vi.advanceTimersByTimeAsync(100);
    await stopped;

    expect(take()).toEqual(["1 ends", "2 ends", "1 ends", "2 ends", "1 ends", "2 ends"]);
  });

  it("a stream that begins again is not ended by what is left of its end", async () => {
    const { streams, frames, take } = aRig([1]);
    await frames(1);

    streams.mode("released");
    streams.mode("following");

    expect(await frames(4)).toEqual(["1 ends", "1=0"]);
    expect(take()).toEqual([]);
  });

  it("end the stream of a universe that is no longer patched", async () => {
    const { values, frames } = aRig();
    await frames(1);

    values.delete(1);
    values.set(3, 4);

    expect(new Set(await frames(1))).toEqual(new Set(["1 ends", "3=4"]));
  });

  it("survive a source that throws, and say what it said", () => {
    const { streams, values, take } = aRig();
    values.get = () => {
      throw new Error("no such universe");
    };
    streams.frame(POSE);

    expect(take()).toContain("no such universe");
  });
});

describe("frame pacer", () => {
  it("admits every frame of 44 a second although they come up to 10 ms early or late", () => {
    const pacer = new FramePacer({ rateHz: 44 });

    const admitted = Array.from({ length: 440 }, (_, i) => pacer.admits(1 + i / 44 + ((i * 7) % 3) * 0.005, false));

    expect(admitted.filter(Boolean).length).toBe(440);
  });

  it("admits each frame on a beat and keeps 44 a second on average", () => {
    const pacer = new FramePacer({ rateHz: 44 });
    const regular = Array.from({ length: 440 }, (_, i) => ({ at: 1 + i / 44, onBeat: false }));
    const beats = Array.from({ length: 20 }, (_, i) => ({ at: 1.003 + i * 0.5, onBeat: true }));
    const frames = [...regular, ...beats].sort((a, b) => a.at - b.at);

    const admitted = frames.filter(({ at, onBeat }) => pacer.admits(at, onBeat));

    expect(admitted.filter(({ onBeat }) => onBeat).length).toBe(20);
    expect(admitted.length).toBeLessThanOrEqual(442);
  });
});
