import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type OpenedOutput, outputCases } from "../output.cases.js";
import type { OutputContext } from "../output.js";
import { createOscOutput, OscConfig } from "./index.js";
import { decodeOsc } from "./osc-input.js";

const context: OutputContext = {
  ...{ name: "test", stateDir: "", now: () => performance.now() / 1000, log: { info: () => {}, warn: () => {} } },
  dmx: { universes: [], render: () => {}, beat: () => {}, channels: () => new Uint8Array(512) },
};

/** A receiver on the loopback that keeps what it hears. */
async function open(settings: object): Promise<OpenedOutput> {
  const heard: { address: string; args: unknown[] }[] = [];
  const receiver = createSocket("udp4", (packet) => void heard.push(...(decodeOsc(packet) ?? []))).bind(0, "127.0.0.1");
  await once(receiver, "listening");
  const targets = [{ host: "127.0.0.1", port: receiver.address().port, transport: "udp" as const }];
  const output = createOscOutput(OscConfig.parse({ type: "osc", targets, releaseMs: 5, ...settings }), context);
  const arrived = () => new Promise((resolve) => setTimeout(resolve, 150));
  return {
    output,
    triggers: async () => {
      await arrived();
      return heard.filter(({ address, args }) => address.endsWith("/1") && args[0] === 1).length;
    },
    handedBack: async () => {
      await arrived();
      const lastOf = (address: string) => heard.findLast((message) => message.address === address)?.args[0];
      return lastOf("/master/mode") === "released" && lastOf("/master/beat/subdiv/1") === 0;
    },
    close: async () => void receiver.close(),
  };
}

outputCases({ name: "osc", open: () => open({ preset: "generic" }) });
outputCases({ name: "osc with time tags", open: () => open({ preset: "generic", timeTags: true }) });
