import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { InputError } from "@tactus/shared";
import { afterEach, describe, expect, it } from "vitest";
import type { SampleBlock, SourceEvent } from "./audio-source.js";
import { StdinSource, type StdinSourceOptions } from "./stdin-source.js";

const RATE = 44100;
const FORMAT = { sampleRateHz: RATE, audioChannels: 1, sampleFormat: "s16le" } as const;

let stop = async () => {};
afterEach(() => stop());

function build(options: Partial<StdinSourceOptions> = {}) {
  const input = new PassThrough({ highWaterMark: 65536 });
  const blocks: SampleBlock[] = [];
  const events: SourceEvent[] = [];
  const givenAt: number[] = [];
  const source = new StdinSource({ input, format: FORMAT, ...options });
  stop = () => source.stop();
  const start = () =>
    source.start(
      (block) => {
        blocks.push({ ...block, samples: block.samples.slice() });
        givenAt.push(performance.now() / 1000);
      },
      (event) => void events.push(event),
    );
  return { input, blocks, events, givenAt, source, start };
}

const raw = (seconds: number, value = 8192) =>
  Buffer.from(new Int16Array(Math.round(seconds * RATE)).fill(value).buffer);
const total = (blocks: SampleBlock[]) => blocks.reduce((sum, block) => sum + block.samples.length, 0);

async function untilEnded(events: SourceEvent[]): Promise<void> {
  for (let tried = 0; tried < 500 && events.at(-1)?.state !== "ended"; tried++) await sleep(20);
  expect(events.at(-1)).toEqual({ state: "ended" });
}

describe("StdinSource", () => {
  it("holds samples that come all at once to the pace of a sound card", async () => {
    const { input, blocks, events, givenAt, start } = build();
    input.end(raw(1));

    await start();
    await untilEnded(events);

    expect(events).toEqual([{ state: "running" }, { state: "ended" }]);
    expect(total(blocks)).toBe(RATE);
    expect(blocks[0]?.samples[0]).toBe(0.25);
    const seconds = (givenAt.at(-1) as number) - (givenAt[0] as number);
    expect(seconds).toBeGreaterThan(0.9);
    expect(seconds).toBeLessThan(2);
  });

  it("goes on from where it is when a live source stood still", async () => {
    const { input, blocks, events, start } = build();
    input.write(raw(0.1));
    const started = start();
    await sleep(600);
    input.end(raw(0.1));
    await started;
    await untilEnded(events);

    const steps = blocks.slice(1).map((block, i) => block.capturedAt - (blocks[i] as SampleBlock).capturedAt);
    expect(Math.min(...steps)).toBeGreaterThan(0);
    expect(Math.max(...steps)).toBeGreaterThan(0.3);
  });

  it("adds the offset that calibration found", async () => {
    const [plain, shifted] = [build(), build({ captureOffsetMs: -1000 })];
    for (const { input } of [plain, shifted]) input.end(raw(0.05));
    await Promise.all([plain.start(), shifted.start()]);
    await Promise.all([untilEnded(plain.events), untilEnded(shifted.events)]);

    const difference = (plain.blocks[0]?.capturedAt as number) - (shifted.blocks[0]?.capturedAt as number);
    expect(difference).toBeGreaterThan(0.8);
    expect(difference).toBeLessThan(1.2);
  });

  it.each([
    ["is not a WAV stream", "OggS, and then some more bytes", undefined],
    ["give --rate, --channels and --format", "OggS, and then some more bytes", undefined],
    ["is empty", "", undefined],
    ["ended before any sample came", "", FORMAT],
  ])("says what is wrong: %s", async (message, bytes, format) => {
    const input = new PassThrough();
    const source = new StdinSource({ input, ...(format ? { format } : {}) });
    stop = () => source.stop();
    input.end(bytes);

    const error = await source
      .start(
        () => {},
        () => {},
      )
      .catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toContain(message);
  });

  it("stops while it waits for data that does not come", async () => {
    const { input, source, events, start } = build();
    input.write(raw(0.05));
    await start();
    await sleep(200);

    await source.stop();

    expect(events).toEqual([{ state: "running" }]);
  });
});
