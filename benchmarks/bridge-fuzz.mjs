/**
 * Every decoder of incoming bytes against random and damaged input: none may throw, hang, or let anything out of range through.
 *
 *     node benchmarks/bridge-fuzz.mjs [--inputs 1000000] [--seed 1] [--only NAME]
 *
 * Half of the inputs are random, half are valid packets with some bytes or bits changed, cut short or made longer. Prints how many
 * were taken for packets and the longest single call. Exits 1 at the first violation, with the input. Run `npx tsc --build` first.
 */
import { parseArgs } from "node:util";
import * as artnet from "../firmware-bridge/dist/outputs/artnet/artnet-packet.js";
import { decodeDdp, encodeDdp } from "../firmware-bridge/dist/outputs/ddp/ddp-packet.js";
import * as sacn from "../firmware-bridge/dist/outputs/sacn/sacn-packet.js";
import { SERIAL_FUZZ } from "../firmware-bridge/dist/outputs/serial/fuzz-entries.js";
import { mutants, randomBytes, seeded } from "../firmware-bridge/dist/testing/seeded-bytes.js";

const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
  },
});

const LONGEST_BYTES = 700;
/** A call that takes longer hangs for all that a beat is concerned, milliseconds; a pause of the machine is not a hang. */
const HANG_MS = 1000;

const CID = "00112233445566778899aabbccddeeff";
const DATA = { cid: CID, sourceName: "desk", priority: 100, syncAddress: 0, sequence: 1, universe: 1, startCode: 0 };
const FLAGS = { preview: false, terminated: false, forceSync: false };
const REPLY = { address: "10.0.0.1", shortName: "n", longName: "node", report: "", style: 0, bindIndex: 1 };
const PIXELS = { push: true, query: false, reply: false, sequence: 1, dataType: 11, destination: 1, offset: 0 };

/**
 * `decode` gives undefined for what it refuses and must not throw; `seeds` are valid packets; `holds` says what must be true of
 * everything that it lets through.
 */
const DECODERS = [
  ...SERIAL_FUZZ,
  {
    name: "sACN",
    decode: sacn.decodeSacn,
    seeds: [
      sacn.encodeData({ ...DATA, ...FLAGS, channels: new Uint8Array(512) }),
      sacn.encodeData({ ...DATA, ...FLAGS, channels: Uint8Array.of(1, 2, 3) }),
      sacn.encodeSync({ cid: CID, sequence: 1, syncAddress: 1 }),
      sacn.encodeDiscovery({ cid: CID, sourceName: "desk", page: 0, lastPage: 0, universes: [1, 2, 3] }),
    ],
    holds: (packet) =>
      packet.kind === "data"
        ? packet.channels.length <= 512 && packet.universe >= 1 && packet.universe <= 63999 && packet.priority <= 200
        : packet.kind === "sync" || packet.universes.length <= 512,
  },
  {
    name: "Art-Net",
    decode: artnet.decodeArtnet,
    seeds: [
      artnet.encodeDmx({ sequence: 1, physical: 0, universe: 1, channels: new Uint8Array(512) }),
      artnet.encodeDmx({ sequence: 1, physical: 0, universe: 300, channels: Uint8Array.of(1, 2) }),
      artnet.encodeSync(),
      artnet.encodePoll({ replyOnChange: true }),
      artnet.encodePollReply({ ...REPLY, mac: new Uint8Array(6), outputs: [1, 2, 3, 4], inputs: [5] }),
      artnet.encodeTimeCode({ hours: 1, minutes: 2, seconds: 3, frames: 4, type: 1 }),
    ],
    holds: (packet) =>
      packet.kind !== "dmx" || (packet.channels.length <= 512 && packet.universe >= 1 && packet.universe <= 32768),
  },
  {
    name: "DDP",
    decode: decodeDdp,
    seeds: [encodeDdp({ ...PIXELS, data: new Uint8Array(30) })],
    holds: (packet) => packet.data.length <= LONGEST_BYTES + 100,
  },
];

/** Throws with the input in hexadecimal. */
function fuzz({ name, decode, seeds, holds }) {
  const random = seeded(Number(values.seed));
  const inputs = Number(values.inputs);
  let [taken, longestMs] = [0, 0];
  for (let i = 0; i < inputs; i++) {
    const bytes = i % 2 === 0 ? randomBytes(random, LONGEST_BYTES) : mutants(random, seeds);
    const from = performance.now();
    let packet;
    try {
      packet = decode(bytes);
    } catch (error) {
      throw new Error(`${name} threw ${error} for ${Buffer.from(bytes).toString("hex")}`);
    }
    longestMs = Math.max(longestMs, performance.now() - from);
    if (packet !== undefined && !holds(packet))
      throw new Error(`${name} let through ${Buffer.from(bytes).toString("hex")}`);
    if (packet !== undefined) taken++;
  }
  if (longestMs > HANG_MS) throw new Error(`${name} hung for ${longestMs.toFixed(0)} ms`);
  console.log(
    `${name.padEnd(10)} ${inputs} inputs, ${taken} taken for packets, longest call ${longestMs.toFixed(2)} ms`,
  );
}

try {
  for (const decoder of DECODERS) if (!values.only || decoder.name === values.only) fuzz(decoder);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
