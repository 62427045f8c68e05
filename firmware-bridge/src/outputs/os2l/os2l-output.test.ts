import { createServer, type Socket } from "node:net";
import { type OpenedOutput, outputCases } from "../output.cases.js";
import type { OutputContext } from "../output.js";
import { createOs2lOutput, Os2lConfig } from "./index.js";
import { JsonSplitter } from "./json-splitter.js";

const context: OutputContext = {
  ...{ name: "test", stateDir: "", now: () => performance.now() / 1000, log: { info: () => {}, warn: () => {} } },
  dmx: { universes: [], render: () => {}, beat: () => {}, channels: () => new Uint8Array(512) },
};

const until = async (holds: () => boolean): Promise<boolean> => {
  for (let attempt = 0; attempt < 200 && !holds(); attempt++) await new Promise((resolve) => setTimeout(resolve, 10));
  return holds();
};

/** A lighting program on the loopback that keeps the messages it is told, and says something back at each. */
async function open(): Promise<OpenedOutput> {
  const messages: { evt: string; state?: string }[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    const splitter = new JsonSplitter();
    sockets.push(socket);
    socket.on("data", (bytes) => {
      messages.push(...splitter.push(bytes).map((text) => JSON.parse(text)));
      socket.write('{"evt":"feedback","name":"Beat","state":"on"}{"evt":');
    });
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const buttons = [{ name: "Beat", when: "beat" }];
  const config = Os2lConfig.parse({ type: "os2l", host: "127.0.0.1", port, buttons });
  const output = createOs2lOutput(config, context);
  const start = output.start.bind(output);
  output.start = async () => {
    await start();
    await until(() => output.health().receiving === "receiving");
  };
  const count = (state: string) => messages.filter((message) => message.state === state).length;
  return {
    output,
    triggers: async () => {
      await until(() => messages.filter(({ evt }) => evt === "beat").length >= 8);
      return messages.filter(({ evt }) => evt === "beat").length;
    },
    handedBack: () => until(() => sockets.every((socket) => socket.destroyed) && count("on") === count("off")),
    close: async () => void server.close(),
  };
}

outputCases({ name: "os2l", open });
