import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { outputCases, poseAt } from "../output.cases.js";
import type { DmxSource, OutputContext } from "../output.js";
import { type DdpPacket, decodeDdp, encodeDdp } from "./ddp-packet.js";
import { createDdpOutput, DdpConfig } from "./index.js";

const now = () => performance.now() / 1000;

/** Every channel of universe 1 is 1, of universe 2 is 2, and so on. */
const RIG: DmxSource = {
  universes: [1, 2, 3],
  render: () => {},
  beat: () => {},
  channels: (universe) => new Uint8Array(512).fill(universe),
};
const CONTEXT: OutputContext = {
  name: "strip",
  now,
  log: { info: () => {}, warn: () => {} },
  stateDir: "/nonexistent",
  dmx: RIG,
};

/** A display on a free port of this machine. */
class Display {
  readonly packets: DdpPacket[] = [];
  readonly #socket: Socket = createSocket("udp4");

  async start(options: { answersQueries?: boolean } = {}): Promise<number> {
    this.#socket.on("message", (bytes, from) => {
      const packet = decodeDdp(Uint8Array.from(bytes));
      if (packet) this.packets.push(packet);
      if (!packet?.query || !options.answersQueries) return;
      this.#socket.send(encodeDdp({ ...packet, query: false, reply: true, push: true }), from.port, from.address);
    });
    this.#socket.bind(0, "127.0.0.1");
    await once(this.#socket, "listening");
    return this.#socket.address().port;
  }

  async until(wanted: (packets: DdpPacket[]) => boolean): Promise<void> {
    while (!wanted(this.packets)) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  stop(): void {
    this.#socket.close();
  }
}

describe("DDP output", () => {
  let display: Display;
  const stops: (() => Promise<void>)[] = [];
  beforeEach(() => {
    display = new Display();
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    display.stop();
  });

  async function started(settings: object, options = {}) {
    const port = await display.start(options);
    const config = DdpConfig.parse({ type: "ddp", host: "127.0.0.1", port, universe: 1, pixels: 400, ...settings });
    const output = createDdpOutput(config, CONTEXT);
    await output.start();
    output.mode("following");
    stops.push(() => output.stop());
    return output;
  }

  it("sends a strip over three universes in one packet, shown at its end", async () => {
    const output = await started({});

    output.frame(poseAt(now()));
    await display.until((packets) => packets.length > 0);

    const [packet] = display.packets;
    expect(packet).toMatchObject({ push: true, offset: 0, dataType: 0x0b, destination: 1, sequence: 1 });
    expect(packet?.data.length).toBe(1200);
    expect([509, 510, 1019, 1020].map((at) => packet?.data[at])).toEqual([1, 2, 2, 3]);
  });

  it("splits a long strip and pushes with the last packet only", async () => {
    const output = await started({ pixels: 500, format: "rgbw" });

    output.frame(poseAt(now()));
    await display.until((packets) => packets.length >= 2);

    const seen = display.packets
      .slice(0, 2)
      .map(({ push, offset, data, sequence }) => [push, offset, data.length, sequence]);
    expect(seen).toEqual([
      [false, 0, 1440, 1],
      [true, 1440, 560, 2],
    ]);
  });

  it("blackout is dark at once; released, nothing more comes", async () => {
    const output = await started({});
    output.frame(poseAt(now()));
    await display.until((packets) => packets.length > 0);

    output.mode("blackout");
    await display.until((packets) => packets.at(-1)?.data.every((value) => value === 0) ?? false);
    output.mode("released");
    await new Promise((resolve) => setTimeout(resolve, 50));
    const count = display.packets.length;
    output.frame(poseAt(now(), "released"));
    await new Promise((resolve) => setTimeout(resolve, 50));

    expect(display.packets.length).toBe(count);
  });

  it("a display that answers queries is receiving", async () => {
    const output = await started({ query: true }, { answersQueries: true });

    while (output.health().receiving !== "receiving") await new Promise((resolve) => setTimeout(resolve, 5));

    expect(output.health().peer).toMatch(/^127\.0\.0\.1:\d+$/);
  });
});

outputCases({
  name: "ddp",
  open: async () => {
    const display = new Display();
    const port = await display.start();
    const config = DdpConfig.parse({ type: "ddp", host: "127.0.0.1", port, universe: 1, pixels: 10 });
    return { output: createDdpOutput(config, CONTEXT), close: async () => display.stop() };
  },
});
