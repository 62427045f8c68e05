import { expect, test } from "vitest";
import { frameOsc, OscFramer } from "./osc-framer.js";

const packets = [8, 4, 1024].map((length, i) => new Uint8Array(length).fill(i + 1));
const stream = Buffer.concat(packets.map(frameOsc));

test.each([1, 3, 7, stream.length])(
  "framer gives back the packets of a stream that comes %i bytes at a time",
  (step) => {
    const framer = new OscFramer();
    const found = [];
    for (let at = 0; at < stream.length; at += step) found.push(...(framer.push(stream.subarray(at, at + step)) ?? []));

    expect(found.map((packet) => [packet.length, packet[0]])).toEqual([
      [8, 1],
      [4, 2],
      [1024, 3],
    ]);
  },
);

test.each(["00000000", "00000006", "ffffffff", "00010000"])("framer gives up at the length %s", (length) => {
  expect(new OscFramer().push(Buffer.from(length, "hex"))).toBeUndefined();
});
