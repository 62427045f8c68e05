/**
 * The golden clip of an artifact: a few seconds of a recording as WAV, and what this artifact makes of them, into its manifest.
 *
 *     node models/scripts/golden_clip.mjs [DIR]       (default: models/artifacts/beat; needs `npm run build`)
 *
 * The recording is the bundled one, which may be passed on with its licence. The beats are those of `tactus track`.
 */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeAudio } from "../../device/dist/capture/decode-audio.js";
import { Resampler } from "../../device/dist/frontend/resampler.js";
import { trackFiles } from "../../device/dist/track.js";

const fromRoot = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const RECORDING = fromRoot("examples/recording/escape-from-chaosland.ogg");
const LICENCE =
  "Escape from Chaosland, Copyright 2006/2007 Carlos Viola Iborra, licence in examples/recording/LICENSE.txt";
const CLIP = { from: 35, seconds: 12 };
const RATE_HZ = 22050;
const FILE = "clip.wav";

const dir = process.argv[2] ?? fromRoot("models/artifacts/beat");
const clip = wav(await excerpt(RECORDING, CLIP));
await writeFile(join(dir, FILE), clip);
const manifestPath = join(dir, "manifest.json");
const manifest = JSON.parse(await readFile(manifestPath, "utf8"));
manifest.golden = {
  file: FILE,
  sha256: createHash("sha256").update(clip).digest("hex"),
  bytes: clip.length,
  seconds: CLIP.seconds,
  beats: await beatsOf(join(dir, FILE)),
  toleranceMs: 20,
  minAgreement: 0.9,
  hopBudgetMs: 10,
};
await writeFile(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
console.log(`${join(dir, FILE)}: ${clip.length} bytes, ${manifest.golden.beats.length} beats`);

async function beatsOf(file) {
  let text = "";
  const print = (more) => {
    text += more;
  };
  const complain = (line) => console.error(line);
  const options = { format: "beats", artifactDir: dir, leadMs: 200, freezeMs: 100, print, complain };
  if ((await trackFiles([file], options)) > 0) process.exit(1);
  const lines = text.trim().split("\n");
  return lines.map((line) => {
    const [time, beatInBar] = line.split("\t").map(Number);
    return { time, beatInBar };
  });
}

/** Mono samples at the rate of the front end. */
async function excerpt(file, { from, seconds }) {
  const audio = await decodeAudio(file);
  const resampler = new Resampler(audio);
  const samples = [];
  for await (const block of audio.blocks) {
    samples.push(...resampler.push(block.samples));
    if (samples.length >= (from + seconds) * RATE_HZ) break;
  }
  return samples.slice(from * RATE_HZ, (from + seconds) * RATE_HZ);
}

/** 16 bits, one audio channel; the INFO chunk says whose music it is. */
function wav(samples) {
  const comment = Buffer.from(`${LICENCE}\0`.padEnd(Math.ceil((LICENCE.length + 1) / 2) * 2, "\0"));
  const data = Buffer.alloc(samples.length * 2);
  for (const [index, sample] of samples.entries()) {
    data.writeInt16LE(Math.max(-32768, Math.min(32767, Math.round(sample * 32767))), index * 2);
  }
  const format = Buffer.alloc(16);
  format.writeUInt16LE(1, 0);
  format.writeUInt16LE(1, 2);
  format.writeUInt32LE(RATE_HZ, 4);
  format.writeUInt32LE(RATE_HZ * 2, 8);
  format.writeUInt16LE(2, 12);
  format.writeUInt16LE(16, 14);
  const info = Buffer.concat([Buffer.from("INFO"), chunk("ICOP", comment)]);
  const body = Buffer.concat([Buffer.from("WAVE"), chunk("fmt ", format), chunk("LIST", info), chunk("data", data)]);
  return chunk("RIFF", body);
}

function chunk(tag, body) {
  const head = Buffer.alloc(8, tag);
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}
