/** What every AudioSource must do, live or not. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AudioSource, SourceEvent } from "../src/capture/audio-source.js";

export interface SourceUnderTest {
  name: string;
  open(): Promise<AudioSource>;
  /** A pipe has no clock: its time may jump by what the sender was late, seconds. Default 0.005. */
  jitter?: number;
  /** Make clickWav() heard by the source, which has been started; called once. */
  play(): void;
}

/** Seconds between the clicks of clickWav(). */
export const CLICK_INTERVAL = 0.5;
const CLICKS = 10;
const RATE = 44100;

/** Stereo WAV, 44.1 kHz, 16 bit: a click of 1 kHz every half second over a little noise, 5 s. */
export function clickWav(): Buffer {
  const count = CLICKS * CLICK_INTERVAL * RATE;
  const bytes = Buffer.alloc(44 + count * 4);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(36 + count * 4, 4);
  bytes.write("WAVEfmt ", 8);
  for (const [at, value] of [
    [16, 16],
    [24, RATE],
    [28, RATE * 4],
    [40, count * 4],
  ] as const)
    bytes.writeUInt32LE(value, at);
  for (const [at, value] of [
    [20, 1],
    [22, 2],
    [32, 4],
    [34, 16],
  ] as const)
    bytes.writeUInt16LE(value, at);
  bytes.write("data", 36);
  for (let i = 0; i < count; i++) {
    const since = i % (CLICK_INTERVAL * RATE);
    const click = since < 400 ? 0.8 * Math.sin((2 * Math.PI * 1000 * since) / RATE) : 0;
    const value = Math.round(32767 * click + 20 * Math.random());
    bytes.writeInt16LE(value, 44 + i * 4);
    bytes.writeInt16LE(value, 46 + i * 4);
  }
  return bytes;
}

interface HeardBlock {
  capturedAt: number;
  count: number;
  sampleRateHz: number;
  audioChannels: number;
  lostSamples: number;
  at: number;
}

/** Receives blocks as the pipeline does: slowly now and then, and one at a time. */
export class Listener {
  readonly blocks: HeardBlock[] = [];
  readonly events: { event: SourceEvent; at: number }[] = [];
  /** Monotonic seconds at which clicks were in the room. */
  readonly clicks: number[] = [];
  overlaps = 0;
  private busy = false;

  readonly onBlock: Parameters<AudioSource["start"]>[0] = async ({
    samples,
    audioChannels,
    sampleRateHz,
    capturedAt,
    lostSamples,
  }) => {
    if (this.busy) this.overlaps++;
    this.busy = true;
    const count = samples.length / audioChannels;
    this.blocks.push({ capturedAt, count, sampleRateHz, audioChannels, lostSamples, at: performance.now() / 1000 });
    for (let i = 0; i < count; i++) {
      const time = capturedAt + i / sampleRateHz;
      if (Math.abs(samples[i * audioChannels] as number) > 0.3 && time - (this.clicks.at(-1) ?? -1) > 0.1)
        this.clicks.push(time);
    }
    if (this.blocks.length % 50 === 0) await sleep(30);
    else await undefined;
    this.busy = false;
  };

  readonly onEvent = (event: SourceEvent) => void this.events.push({ event, at: performance.now() / 1000 });

  get states(): string[] {
    return this.events.map(({ event }) => event.state);
  }
}

export function audioSourceCases(subject: SourceUnderTest): void {
  describe(subject.name, () => {
    const listener = new Listener();
    let source: AudioSource;

    beforeAll(async () => {
      source = await subject.open();
      await source.start(listener.onBlock, listener.onEvent);
      subject.play();
      for (let tried = 0; tried < 150 && listener.clicks.length < CLICKS - 1; tried++) await sleep(100);
    });
    afterAll(() => source.stop());

    it("says that it is running, and what it is", () => {
      expect(listener.states[0]).toBe("running");
      expect(source.description).not.toBe("");
    });

    it("gives whole blocks of one shape", () => {
      const { sampleRateHz, audioChannels } = listener.blocks[0]!;

      expect(sampleRateHz).toBeGreaterThanOrEqual(8000);
      for (const block of listener.blocks) {
        expect(block).toMatchObject({ sampleRateHz, audioChannels });
        expect(Number.isInteger(block.count)).toBe(true);
      }
    });

    it("stamps them one behind the other, in the past, and never backwards", () => {
      for (const [i, block] of listener.blocks.entries()) {
        expect(block.at).toBeGreaterThan(block.capturedAt);
        const last = listener.blocks[i - 1];
        if (!last) continue;
        const gap = block.capturedAt - last.capturedAt - (last.count + block.lostSamples) / last.sampleRateHz;
        expect(block.capturedAt).toBeGreaterThan(last.capturedAt);
        expect(Math.abs(gap)).toBeLessThan(subject.jitter ?? 0.005);
      }
    });

    it("gives as many samples as time passes", () => {
      const [first, last] = [listener.blocks[0]!, listener.blocks.at(-1)!];
      const samples = listener.blocks.slice(0, -1).reduce((sum, block) => sum + block.count + block.lostSamples, 0);

      expect(samples / (last.capturedAt - first.capturedAt) / first.sampleRateHz).toBeCloseTo(1, 1.7);
    });

    it("hears the clicks, as far apart as they were played", () => {
      const intervals = listener.clicks.slice(1).map((click, i) => click - listener.clicks[i]!);

      expect(listener.clicks.length).toBeGreaterThanOrEqual(CLICKS - 1);
      for (const interval of intervals)
        expect(Math.abs(interval - CLICK_INTERVAL)).toBeLessThan(0.01 + (subject.jitter ?? 0.005));
    });

    it("waits for its receiver before the next block", () => {
      expect(listener.overlaps).toBe(0);
    });

    it("makes no call after stop()", async () => {
      await source.stop();
      const [blocks, events] = [listener.blocks.length, listener.events.length];
      await sleep(300);

      expect([listener.blocks.length, listener.events.length]).toEqual([blocks, events]);
    });
  });
}
