import { setTimeout as sleep } from "node:timers/promises";
import { UnavailableError } from "@tactus/shared";
import { afterEach, describe, expect, it } from "vitest";
import type { SampleBlock, SourceEvent } from "./audio-source.js";
import { type ReopeningOptions, ReopeningSource } from "./reopening-source.js";
import { ScriptedBackend } from "./scripted-backend.js";

const RATE = 48000;
/** A tenth of a second, so that a test is short. */
const CHUNK = RATE / 10;

interface Heard {
  blocks: SampleBlock[];
  events: SourceEvent[];
}

let stop = async () => {};
afterEach(() => stop());

/** Samples that count up from `from`, so that each can be told. */
const counting = (from: number, count = CHUNK) => Float32Array.from({ length: count }, (_, i) => (from + i) % 4096);

async function until(condition: () => boolean): Promise<void> {
  for (let tried = 0; tried < 300 && !condition(); tried++) await sleep(20);
  expect(condition()).toBe(true);
}

function build(options: Partial<ReopeningOptions> = {}) {
  const backend = new ScriptedBackend();
  const heard: Heard = { blocks: [], events: [] };
  const source = new ReopeningSource({ backend, gapTimeoutMs: 400, openTimeoutMs: 1000, backoffMs: [50], ...options });
  stop = () => source.stop();
  const onBlock = (block: SampleBlock) => void heard.blocks.push({ ...block, samples: block.samples.slice() });
  const start = () => source.start(onBlock, (event) => void heard.events.push(event));
  return { backend, source, heard, start };
}

/** Opens, and hears `chunks` tenths of a second in real time. */
async function open(subject: ReturnType<typeof build>, chunks = 4): Promise<void> {
  const started = subject.start();
  await until(() => subject.backend.runs.length > 0);
  const { newest } = subject.backend;
  for (let i = 0; i < chunks; i++) {
    newest.give(counting(i * CHUNK));
    await sleep(100);
  }
  await started;
}

const received = (heard: Heard) => heard.blocks.flatMap((block) => [...block.samples]);

describe("ReopeningSource", () => {
  it("gives every sample in order, stamped with rising times", async () => {
    const subject = build();
    await open(subject, 6);
    await until(() => received(subject.heard).length === 6 * CHUNK);

    expect(received(subject.heard)).toEqual([...counting(0, 6 * CHUNK)]);
    expect(subject.heard.events).toEqual([{ state: "running" }]);
    const times = subject.heard.blocks.map((block) => block.capturedAt);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(subject.heard.blocks.every((block) => block.lostSamples === 0)).toBe(true);
  });

  it("rejects when the device does not open, and can be started again", async () => {
    const subject = build();
    const { format } = subject.backend;
    subject.backend.format = undefined;

    await expect(subject.start()).rejects.toThrow(UnavailableError);
    expect(subject.backend.newest.closed).toBe(true);

    subject.backend.format = format;
    await until(() => true);
    const started = subject.start();
    subject.backend.newest.give(counting(0));
    await started;
    expect(subject.heard.events).toEqual([{ state: "running" }]);
  });

  it("rejects with the remedy when the device opens and stays mute", async () => {
    const subject = build();

    await expect(subject.start()).rejects.toThrow("it gave no samples within 1 s; check the cable");
  });

  it("says that it is lost when data stops coming, and opens the device again", async () => {
    const subject = build();
    await open(subject);
    const before = performance.now();
    await until(() => subject.heard.events.length === 2);
    const seconds = (performance.now() - before) / 1000;

    expect(subject.heard.events[1]).toEqual({ state: "lost", reason: "no samples for 0.4 s" });
    expect(seconds).toBeLessThan(1.5);
    await until(() => subject.backend.runs.length === 2);
    expect(subject.backend.runs[0]?.closed).toBe(true);
    subject.backend.newest.give(counting(0));
    await until(() => subject.heard.events.length === 3);
    expect(subject.heard.events[2]).toEqual({ state: "running" });
  });

  it("tells how many samples went missing while the device was away", async () => {
    const subject = build();
    await open(subject);
    subject.backend.newest.fail("unplugged");
    await until(() => subject.backend.runs.length === 2);
    const last = subject.heard.blocks.at(-1) as SampleBlock;
    const count = subject.heard.blocks.length;
    await sleep(300);
    for (let i = 0; i < 4; i++) {
      subject.backend.newest.give(counting(0));
      await sleep(100);
    }
    await until(() => subject.heard.blocks.length > count);

    const first = subject.heard.blocks[count] as SampleBlock;
    const gap = first.capturedAt - last.capturedAt - last.samples.length / RATE;
    expect(first.lostSamples).toBeCloseTo(gap * RATE, -1);
    expect(first.lostSamples).toBeGreaterThan(0.2 * RATE);
  });

  it("says once that it is lost, however often the device refuses to open", async () => {
    const subject = build();
    await open(subject);
    subject.backend.format = undefined;
    subject.backend.newest.fail("unplugged");
    await until(() => subject.backend.runs.length > 4);

    expect(subject.heard.events).toEqual([{ state: "running" }, { state: "lost", reason: "unplugged" }]);
  });

  it("drops the oldest samples and counts them when the receiver falls behind", async () => {
    const backend = new ScriptedBackend();
    const blocks: SampleBlock[] = [];
    let release = () => {};
    const source = new ReopeningSource({ backend, ringSeconds: 0.5 });
    stop = async () => {
      release();
      await source.stop();
    };
    const stuck = new Promise<void>((resolve) => {
      release = resolve;
    });
    const started = source.start(
      (block) => {
        blocks.push({ ...block, samples: block.samples.slice() });
        return stuck;
      },
      () => {},
    );
    for (let i = 0; i < 14; i++) {
      backend.newest.give(counting(i * CHUNK));
      await sleep(100);
    }
    await started;
    release();
    await until(() => blocks.length > 5);

    const [held = Number.NaN, next] = [blocks[0]?.samples.length, blocks[1]];
    expect(next?.lostSamples).toBe(14 * CHUNK - 0.5 * RATE - held);
    expect(blocks.slice(2).every((block) => block.lostSamples === 0)).toBe(true);
  });

  it("goes on with a gap when the program tells of an overrun", async () => {
    const subject = build();
    await open(subject);
    await until(() => received(subject.heard).length === 4 * CHUNK);
    subject.backend.newest.onXrun();
    await sleep(200);
    for (let i = 0; i < 4; i++) {
      subject.backend.newest.give(counting(0));
      await sleep(100);
    }
    await until(() => subject.heard.blocks.some((block) => block.lostSamples > 0));

    const { lostSamples = 0 } = subject.heard.blocks.find((block) => block.lostSamples > 0) ?? {};
    expect(lostSamples).toBeGreaterThan(0.1 * RATE);
    expect(subject.heard.events).toEqual([{ state: "running" }]);
  });

  it("makes no call after stop(), not even when it is being reopened", async () => {
    const subject = build();
    await open(subject);
    subject.backend.newest.fail("unplugged");
    await until(() => subject.backend.runs.length === 2);

    await subject.source.stop();
    const { blocks, events } = { blocks: subject.heard.blocks.length, events: subject.heard.events.length };
    subject.backend.newest.give(counting(0, 4 * CHUNK));
    await sleep(300);

    expect(subject.backend.newest.closed).toBe(true);
    expect([subject.heard.blocks.length, subject.heard.events.length]).toEqual([blocks, events]);
  });
});
