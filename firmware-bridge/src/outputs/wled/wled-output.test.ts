import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type OpenedOutput, outputCases } from "../output.cases.js";
import type { OutputContext } from "../output.js";
import { createWledOutput, WledConfig } from "./index.js";

const PEAK_AT = 16;
const LEVELS = [8, 44] as const;

const context: OutputContext = {
  ...{ name: "test", stateDir: "", now: () => performance.now() / 1000, log: { info: () => {}, warn: () => {} } },
  dmx: { universes: [], render: () => {}, beat: () => {}, channels: () => new Uint8Array(512) },
};

async function open(): Promise<OpenedOutput> {
  const packets: Buffer[] = [];
  const receiver = createSocket("udp4", (packet) => void packets.push(packet)).bind(0, "127.0.0.1");
  await once(receiver, "listening");
  const { port } = receiver.address();
  const output = createWledOutput(WledConfig.parse({ type: "wled", hosts: ["127.0.0.1"], port, watch: [] }), context);
  const arrived = () => new Promise((resolve) => setTimeout(resolve, 150));
  const isDark = (packet: Buffer) => packet.subarray(...LEVELS).readFloatLE(0) === 0 && packet[PEAK_AT] === 0;
  return {
    output,
    triggers: async () => {
      await arrived();
      return packets.filter((packet) => packet[PEAK_AT] === 1).length;
    },
    handedBack: async () => {
      await arrived();
      const last = packets.at(-1);
      return last !== undefined && isDark(last);
    },
    close: async () => void receiver.close(),
  };
}

outputCases({ name: "wled", open });
