/**
 * A million damaged inputs into each decoder of bytes that lighting software sends back: OSC packets, OSC over TCP, OS2L, WLED info.
 *
 *     node benchmarks/fuzz-apps.mjs [--inputs 1000000] [--seed 1]
 *
 * Prints for each decoder how many inputs were taken, the slowest single input, and the time for all. Ends with 1 when one throws.
 * Run `npx tsc --build` first.
 */
import { parseArgs } from "node:util";
import { toBuffer } from "osc-min";
import { JsonSplitter } from "../firmware-bridge/dist/outputs/os2l/json-splitter.js";
import { decodeOs2lFeedback } from "../firmware-bridge/dist/outputs/os2l/os2l-message.js";
import { frameOsc, OscFramer } from "../firmware-bridge/dist/outputs/osc/osc-framer.js";
import { decodeOsc } from "../firmware-bridge/dist/outputs/osc/osc-input.js";
import { mutants, randomBytes, seeded } from "../firmware-bridge/dist/testing/seeded-bytes.js";
import { parseWledInfo } from "../firmware-bridge/dist/wled-info.js";

const { values } = parseArgs({
  options: { inputs: { type: "string", default: "1000000" }, seed: { type: "string", default: "1" } },
});
const INPUTS = Number(values.inputs);

const osc = (packet) => {
  const { buffer, byteOffset, byteLength } = toBuffer(packet);
  return new Uint8Array(buffer, byteOffset, byteLength);
};
const message = {
  address: "/eos/out/ping",
  args: ["id", 1.5, { type: "integer", value: 7 }, true, null, new Uint8Array(9)],
};
const bundle = { timetag: [0, 1], elements: [message, { timetag: [0, 1], elements: [message, "/deep"] }] };
const feedback = Buffer.from('{"evt":"feedback","name":"Drop \\"1\\" ä","page":"1","state":"on"}');
const info = Buffer.from(
  '{"ver":"0.15.0","name":"Bar","leds":{"count":60},"u":{"UDP Sound Sync":["receive mode"," v2"]}}',
);

const framer = new OscFramer();
const splitter = new JsonSplitter();
const decoders = {
  "OSC packet": { seeds: [osc(message), osc(bundle)], take: (bytes) => decodeOsc(bytes) !== undefined },
  "OSC over TCP": {
    seeds: [frameOsc(osc(message)), Buffer.concat([osc(bundle), osc(message)].map(frameOsc))],
    take: (bytes) => (framer.push(bytes) ?? []).filter((packet) => decodeOsc(packet)).length > 0,
  },
  OS2L: {
    seeds: [feedback, Buffer.concat([feedback, feedback])],
    take: (bytes) => splitter.push(bytes).filter((text) => decodeOs2lFeedback(text)).length > 0,
  },
  "WLED info": { seeds: [info], take: (bytes) => parseWledInfo(Buffer.from(bytes).toString()) !== undefined },
};

for (const [name, { seeds, take }] of Object.entries(decoders)) {
  const random = seeded(Number(values.seed));
  let [taken, slowestMs] = [0, 0];
  const begun = performance.now();
  for (let i = 0; i < INPUTS; i++) {
    const bytes = i % 4 === 0 ? randomBytes(random, 256) : mutants(random, seeds);
    const before = performance.now();
    if (take(bytes)) taken++;
    slowestMs = Math.max(slowestMs, performance.now() - before);
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(`${name.padEnd(13)} ${INPUTS} inputs, ${taken} taken, slowest ${slowestMs.toFixed(1)} ms, ${seconds} s`);
}
