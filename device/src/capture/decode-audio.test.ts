import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InputError } from "@tactus/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DecodeOptions, decodeAudio } from "./decode-audio.js";
import { findProgramSync } from "./find-program.js";

/** One second of mono with a click of 1 kHz at each of these times, encoded by ffmpeg 5.1. */
const fixture = (name: string) => fileURLToPath(new URL(`../../test/fixtures/${name}`, import.meta.url));
const CLICKS = [0.1, 0.35, 0.6, 0.85];
const CODINGS = ["clicks.flac", "clicks.ogg", "clicks.opus", "clicks.mp3"];
const ffmpeg = findProgramSync("ffmpeg");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tactus-decode-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, bytes: Buffer | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

function wav16(samples: Int16Array, shape = { audioChannels: 1, sampleRateHz: 44100 }): Buffer {
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(shape.audioChannels, 22);
  head.writeUInt32LE(shape.sampleRateHz, 24);
  head.writeUInt32LE(shape.sampleRateHz * shape.audioChannels * 2, 28);
  head.writeUInt16LE(shape.audioChannels * 2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([head, Buffer.from(samples.buffer)]);
}

async function decode(path: string, options: DecodeOptions = {}) {
  const audio = await decodeAudio(path, options);
  const samples: number[] = [];
  const stamps: number[] = [];
  for await (const block of audio.blocks) {
    // The first channel is enough: mpg123 gives mono as two equal ones.
    samples.push(...block.samples.filter((_, i) => i % block.audioChannels === 0));
    stamps.push(block.capturedAt);
  }
  return { ...audio, samples, stamps, notes: audio.notes() };
}

/** Seconds at which the first channel rises out of silence. */
function clickTimes({ samples, sampleRateHz }: { samples: number[]; sampleRateHz: number }): number[] {
  const times: number[] = [];
  let quietSince = -10000;
  samples.forEach((value, i) => {
    if (Math.abs(value) < 0.1) return;
    if (i - quietSince > 2000) times.push(i / sampleRateHz);
    quietSince = i;
  });
  return times;
}

describe("decodeAudio()", () => {
  it.each(CODINGS)("begins %s at its true start without ffmpeg, encoder delay taken out", async (name) => {
    const result = await decode(fixture(name), { ffmpeg: false });

    const times = clickTimes(result);
    expect(times.length).toBe(CLICKS.length);
    for (const [i, time] of times.entries()) expect(Math.abs(time - CLICKS[i]!)).toBeLessThan(0.0007);
    expect(result.samples.length).toBe(result.sampleRateHz);
    expect(result.decoder).toMatch(/^WebAssembly/);
    expect(result.notes).toEqual([]);
  });

  it.runIf(ffmpeg).each(CODINGS)("gives the same samples for %s by ffmpeg and by WebAssembly", async (name) => {
    const [one, other] = [await decode(fixture(name)), await decode(fixture(name), { ffmpeg: false })];

    const difference = Math.max(...one.samples.map((value, i) => Math.abs(value - other.samples[i]!)));
    expect(one.decoder).toBe("ffmpeg");
    expect(one.sampleRateHz).toBe(other.sampleRateHz);
    expect(difference).toBeLessThan(0.01);
    // ffmpeg 5.1 leaves out the last 128 samples of this Ogg Vorbis.
    expect(Math.abs(one.samples.length - other.samples.length)).toBeLessThanOrEqual(128);
  });

  it("gives blocks as a sound card does, stamped by their place in the file", async () => {
    const { stamps } = await decode(file("half.wav", wav16(new Int16Array(1200))));

    expect(stamps).toEqual([0, 512 / 44100, 1024 / 44100]);
  });

  it.each([
    { audioChannels: 1, sampleRateHz: 8000 },
    { audioChannels: 8, sampleRateHz: 192000 },
  ])("reads $sampleRateHz Hz with $audioChannels channels", async (shape) => {
    const result = await decode(file("shape.wav", wav16(new Int16Array(8000).fill(8192), shape)));

    expect(result).toMatchObject(shape);
    expect(result.samples).toEqual(new Array(8000 / shape.audioChannels).fill(0.25));
  });

  it("gives one block of one sample for a file of one sample", async () => {
    expect((await decode(file("one.wav", wav16(Int16Array.of(16384))))).samples).toEqual([0.5]);
  });

  it("reads a cut-off WAV as far as it goes and says so", async () => {
    const path = file("cut.wav", wav16(new Int16Array(44100)));
    truncateSync(path, 44 + 44100);

    const result = await decode(path);

    expect(result.samples.length).toBe(22050);
    expect(result.notes[0]).toContain("cut off: 44100 bytes (0.50 s)");
  });

  it.each([false, undefined])("reads a cut-off MP3 as far as it goes (ffmpeg: %s)", async (choice) => {
    const path = file("cut.mp3", readFileSync(fixture("clicks.mp3")).subarray(0, 6000));

    const result = await decode(path, choice === false ? { ffmpeg: false } : {});

    expect(clickTimes(result)[0]).toBeCloseTo(0.1, 2);
  });

  it.each([
    ["does not exist", () => join(folder, "nothing.wav")],
    ["is a folder", () => folder],
    ["is empty (0 bytes)", () => file("empty.wav", "")],
    ["is not a regular file", () => "/dev/null"],
    ["holds no samples", () => file("none.wav", wav16(new Int16Array(0)))],
    ["ends before its samples begin", () => file("header.wav", wav16(new Int16Array(9)).subarray(0, 40))],
    [
      "holds no audio that ffmpeg can read",
      () => file("text.mp3", "This is a text about music.\n".repeat(99)),
      "needs ffmpeg",
    ],
    ["holds no audio", () => file("zeros.ogg", Buffer.alloc(5000)), "needs ffmpeg"],
  ])("says in one error what is wrong: %s", async (message, path, needs = "") => {
    if (needs && !ffmpeg) return;

    const error = await decodeAudio(path()).catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toContain(message);
  });

  it.each([
    ["holds no audio: ", () => file("text.mp3", "This is a text about music.\n".repeat(99))],
    ["holds no audio: ", () => file("broken.flac", Buffer.concat([Buffer.from("fLaC"), Buffer.alloc(3000, 7)]))],
    ["is not audio as far as can be told without ffmpeg", () => file("notes.txt", "This is a text about music.")],
    ["sudo apt install ffmpeg", () => file("video.ogg", Buffer.concat([Buffer.from("OggS\0\x02"), Buffer.alloc(400)]))],
  ])("says in one error what is wrong without ffmpeg: %s", async (message, path) => {
    const error = await decodeAudio(path(), { ffmpeg: false }).catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toContain(message);
  });

  it("closes a file that nobody goes on reading", async () => {
    const audio = await decodeAudio(fixture("clicks.ogg"), { ffmpeg: false });

    await audio.close();

    const left: unknown[] = [];
    for await (const block of audio.blocks) left.push(block);
    expect(left.length).toBeLessThanOrEqual(1);
  });
});
