/**
 * Damaged and random bytes into the decoders of the Link and MIDI outputs: none may throw or hang.
 *
 *     node benchmarks/fuzz-clocks.mjs [--inputs 1000000] [--seed 1]
 *
 * Inputs are each decoder's own good messages with bytes changed, cut off or added, and some without any sense.
 */
import { parseArgs } from "node:util";
import { parseCarabinerLine } from "../firmware-bridge/dist/outputs/link/carabiner-line.js";
import { decodeAppleMidi, encodeAppleMidi } from "../firmware-bridge/dist/outputs/midi/rtp/apple-midi-packet.js";
import { decodeRtpMidi, encodeRtpMidi } from "../firmware-bridge/dist/outputs/midi/rtp/rtp-midi-packet.js";

const { values } = parseArgs({
  options: { inputs: { type: "string", default: "1000000" }, seed: { type: "string", default: "1" } },
});
const INPUTS = Number(values.inputs);
let state = Number(values.seed) >>> 0;

/** Whole number below `limit`; mulberry32. */
function random(limit) {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
}

const LINES = [
  "status { :peers 1 :bpm 126.500000 :start 73743731220 :beat 5.890000 :playing true }",
  "phase-at-time { :when 73746356220 :quantum 4.000000 :phase 1.250000 }",
  "tactus-clock { :link 12832356716 :monotonic 12832602182 }",
  'version "1.2.0"',
  "unsupported tactus-clock",
  "bad-quantum",
];
const DECODERS = [
  {
    name: "Carabiner line",
    good: LINES.map((line) => Buffer.from(line)),
    decode: (bytes) => parseCarabinerLine(bytes.toString("latin1")),
  },
  {
    name: "AppleMIDI",
    good: [
      encodeAppleMidi({ command: "IN", token: 1, ssrc: 2, name: "Desk" }),
      encodeAppleMidi({ command: "CK", ssrc: 2, count: 1, times: [1n, 2n, 3n] }),
      encodeAppleMidi({ command: "RS", ssrc: 2, sequence: 7 }),
      encodeAppleMidi({ command: "BY", token: 1, ssrc: 2 }),
    ],
    decode: decodeAppleMidi,
  },
  {
    name: "RTP-MIDI",
    good: [1, 3, 40].map((length) =>
      encodeRtpMidi({ sequence: 1, timestamp: 2, ssrc: 3, list: new Uint8Array(length).fill(0xf8) }),
    ),
    decode: decodeRtpMidi,
  },
];

function damaged(good) {
  if (random(10) === 0) return Buffer.from(Array.from({ length: random(300) }, () => random(256)));
  let bytes = Buffer.from(good);
  for (let left = random(5); left > 0 && bytes.length > 0; left -= 1) bytes[random(bytes.length)] = random(256);
  if (random(4) === 0) bytes = bytes.subarray(0, random(bytes.length + 1));
  if (random(4) === 0)
    bytes = Buffer.concat([bytes, Buffer.from(Array.from({ length: random(40) }, () => random(256)))]);
  return bytes;
}

for (const { name, good, decode } of DECODERS) {
  const startedAt = performance.now();
  let [accepted, slowestMs] = [0, 0];
  for (let index = 0; index < INPUTS; index += 1) {
    const bytes = damaged(good[random(good.length)]);
    const before = performance.now();
    if (decode(bytes) !== undefined) accepted += 1;
    slowestMs = Math.max(slowestMs, performance.now() - before);
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    `${name}: ${INPUTS} inputs, ${accepted} accepted, none threw, slowest ${slowestMs.toFixed(2)} ms, ${seconds} s`,
  );
}
