import { describe, expect, it } from "vitest";
import { readWav } from "./wav-reader.js";

interface WavParts {
  tag?: string;
  coding?: number;
  audioChannels?: number;
  sampleRateHz?: number;
  bytesPerSample?: number;
  extensible?: boolean;
  /** As the header states them. */
  riffBytes?: number;
  dataBytes?: number;
  /** Chunks between the format and the samples. */
  between?: Buffer;
  data?: Buffer;
  after?: Buffer;
}

function wav(parts: WavParts): Buffer {
  const {
    tag = "RIFF",
    coding = 1,
    audioChannels = 1,
    sampleRateHz = 44100,
    bytesPerSample = 2,
    extensible = false,
  } = parts;
  const { between = Buffer.alloc(0), data = samples16(1, 2, 3), after = Buffer.alloc(0) } = parts;
  const fmt = Buffer.alloc(extensible ? 40 : 16);
  fmt.writeUInt16LE(extensible ? 0xfffe : coding, 0);
  fmt.writeUInt16LE(audioChannels, 2);
  fmt.writeUInt32LE(sampleRateHz, 4);
  fmt.writeUInt32LE(sampleRateHz * audioChannels * bytesPerSample, 8);
  fmt.writeUInt16LE(audioChannels * bytesPerSample, 12);
  fmt.writeUInt16LE(bytesPerSample * 8, 14);
  if (extensible) fmt.writeUInt16LE(coding, 24);
  const body = Buffer.concat([
    Buffer.from("WAVE"),
    chunk("fmt ", fmt),
    between,
    chunk("data", data, parts.dataBytes),
    after,
  ]);
  return Buffer.concat([Buffer.from(tag), uint32(parts.riffBytes ?? body.length), body]);
}

function chunk(tag: string, body: Buffer, size = body.length): Buffer {
  return Buffer.concat([Buffer.from(tag), uint32(size), body]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function samples16(...values: number[]): Buffer {
  return Buffer.from(Int16Array.from(values, (value) => value * 4096).buffer);
}

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Buffer, size = 7) {
  const stream = await readWav(cut(bytes, size), "song.wav");
  const samples: number[] = [];
  for await (const part of stream.chunks) samples.push(...part);
  return { ...stream, samples, notes: stream.notes() };
}

const THREE = [0.125, 0.25, 0.375];

describe("readWav()", () => {
  it("reads shape and samples, whatever the size of the pieces", async () => {
    for (const size of [1, 3, 44, 1000]) {
      const result = await read(wav({ audioChannels: 3, sampleRateHz: 192000 }), size);

      expect(result).toMatchObject({ sampleRateHz: 192000, audioChannels: 3, samples: THREE, notes: [] });
    }
  });

  it("reads the coding of an extensible header", async () => {
    const data = Buffer.from(Float32Array.from(THREE).buffer);

    expect((await read(wav({ extensible: true, coding: 3, bytesPerSample: 4, data }))).samples).toEqual(THREE);
  });

  it("passes over chunks before and behind the samples, odd ones too", async () => {
    const odd = Buffer.concat([chunk("LIST", Buffer.from("abc")), Buffer.alloc(1)]);

    expect((await read(wav({ between: odd, after: chunk("id3 ", Buffer.from("noise")) }))).samples).toEqual(THREE);
  });

  it.each([0xffffffff, 0x80000000, 0x7ffff000])(
    "reads to the end when a pipe's header says %i bytes",
    async (dataBytes) => {
      expect(await read(wav({ dataBytes }))).toMatchObject({ samples: THREE, notes: [] });
    },
  );

  it.each([0, 36, 0xffffffff])(
    "reads to the end when a killed recorder left size 0 (RIFF size %i)",
    async (riffBytes) => {
      expect((await read(wav({ riffBytes, dataBytes: 0 }))).samples).toEqual(THREE);
    },
  );

  it("finds no samples in an empty data chunk that is followed by others", async () => {
    expect((await read(wav({ data: Buffer.alloc(0), after: chunk("LIST", Buffer.from("text")) }))).samples).toEqual([]);
  });

  it("takes the 64-bit size of RF64", async () => {
    const sizes = Buffer.alloc(28);
    sizes.writeBigUInt64LE(6n, 8);
    const bytes = wav({
      tag: "RF64",
      between: chunk("ds64", sizes),
      dataBytes: 0xffffffff,
      after: chunk("LIST", Buffer.from("text")),
    });

    expect((await read(bytes)).samples).toEqual(THREE);
  });

  it("reads a cut-off file as far as it goes and says so", async () => {
    const result = await read(wav({ dataBytes: 88206 }));

    expect(result.samples).toEqual(THREE);
    expect(result.notes).toEqual(["it is cut off: 88200 bytes (1.00 s) that its header announces are missing"]);
  });

  it.each([
    ["is empty", Buffer.alloc(0)],
    ["ends before its samples begin", wav({}).subarray(0, 30)],
    ['does not begin with "RIFF"', Buffer.from("OggS and more than twelve bytes")],
    ["samples come before their format", Buffer.concat([Buffer.from("RIFF\0\0\0\0WAVE"), chunk("data", samples16(1))])],
    ["coding 0x0002 and 2 bytes per sample", wav({ coding: 2 })],
    ["sample rate is 0 Hz", wav({ sampleRateHz: 0 })],
    ["has 0 audio channels", wav({ audioChannels: 0 })],
  ])("says what is wrong: %s", async (message, bytes) => {
    await expect(read(bytes)).rejects.toThrow(message);
  });
});
