import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { InputError } from "@tactus/shared";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { SampleBlock, SourceEvent } from "./audio-source.js";
import { FileSource, type FileSourceOptions } from "./file-source.js";

/** One second. */
const FLAC = fileURLToPath(new URL("../../test/fixtures/clicks.flac", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tactus-file-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let stop = async () => {};
afterEach(() => stop());

function build(options: Partial<FileSourceOptions> = {}) {
  const blocks: (Omit<SampleBlock, "samples"> & { count: number; givenAt: number })[] = [];
  const events: SourceEvent[] = [];
  const source = new FileSource({ file: FLAC, ...options });
  stop = () => source.stop();
  const start = () =>
    source.start(
      ({ samples, ...block }) =>
        void blocks.push({ ...block, count: samples.length, givenAt: performance.now() / 1000 }),
      (event) => void events.push(event),
    );
  return { blocks, events, source, start };
}

async function until(condition: () => boolean): Promise<void> {
  for (let tried = 0; tried < 500 && !condition(); tried++) await sleep(20);
  expect(condition()).toBe(true);
}

describe("FileSource", () => {
  it("plays at the pace and in the blocks of a sound card", async () => {
    const { blocks, events, start } = build();
    await start();
    await until(() => events.length === 2);

    expect(events).toEqual([{ state: "running" }, { state: "ended" }]);
    expect(blocks[0]).toMatchObject({ count: 512, sampleRateHz: 44100, audioChannels: 1, lostSamples: 0 });
    expect(blocks.reduce((sum, block) => sum + block.count, 0)).toBe(44100);
    // A block is there when its last sample was in the room, not before.
    expect(Math.min(...blocks.map((block) => block.givenAt - block.capturedAt - block.count / 44100))).toBeGreaterThan(
      -0.002,
    );
    const spread = (blocks.at(-1)?.capturedAt as number) - (blocks[0]?.capturedAt as number);
    expect(spread).toBeCloseTo((44100 - (44100 % 512)) / 44100, 6);
  });

  it("goes on without a gap when it repeats", async () => {
    const { blocks, events, start } = build({ loop: true });
    await start();
    await until(() => blocks.reduce((sum, block) => sum + block.count, 0) > 1.2 * 44100);

    const gaps = blocks.slice(1).map((block, i) => {
      const last = blocks[i] as (typeof blocks)[number];
      return block.capturedAt - last.capturedAt - last.count / 44100;
    });
    expect(Math.max(...gaps.map(Math.abs))).toBeLessThan(1e-6);
    expect(events).toEqual([{ state: "running" }]);
  });

  it("rejects with one error when the file cannot be played", async () => {
    await expect(build({ file: join(folder, "none.ogg") }).start()).rejects.toThrow(InputError);
  });

  it("tells what was wrong with a file that it could play nevertheless", async () => {
    const file = join(folder, "cut.wav");
    const header = Buffer.from(
      "524946460000000057415645666d7420100000000100010044ac000088580100020010006461746100000100",
      "hex",
    );
    writeFileSync(file, Buffer.concat([header, Buffer.alloc(2000)]));
    const notes: string[] = [];
    const { events, start } = build({ file, onNote: (note) => notes.push(note) });
    await start();
    await until(() => events.at(-1)?.state === "ended");

    expect(notes[0]).toContain("it is cut off: 63536 bytes");
  });

  it("makes no call after stop()", async () => {
    const { blocks, events, source, start } = build();
    await start();
    await sleep(100);

    await source.stop();
    const given = blocks.length;
    await sleep(150);

    expect(blocks.length).toBe(given);
    expect(events).toEqual([{ state: "running" }]);
  });
});
