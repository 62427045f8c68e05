/** Art-Net as OLA sees it: found by polling, values, blackout, the end; OLA and the bridge on two machines of their own. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ArtnetConfig, createArtnetOutput } from "../src/outputs/artnet/index.js";
import { outputCases } from "../src/outputs/output.cases.js";
import type { Output } from "../src/outputs/output.js";
import { scanArtnet } from "../src/scan/artnet-scan.js";
import { contextWith, DmxRig, playFrames } from "./dmx-rig.js";
import { HERE, maySplitNetworks, NetworkNamespace, THERE } from "./network-namespace.js";
import { ARTNET_UNIVERSES, Olad, olaUniverseOfArtnet } from "./olad.js";
import { inOwnNetwork } from "./own-network.js";
import { ReceiverProcess } from "./receiver-process.js";
import { needs } from "./receivers.js";

const begins =
  (...values: number[]) =>
  (dmx: number[]) =>
    values.every((value, i) => dmx[i] === value);

async function eventually(wanted: () => boolean, patienceMs: number): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!wanted()) {
    if (performance.now() > end) throw new Error(`Not within ${patienceMs} ms: ${wanted}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

if (needs("olad", "ola") && needs("python3", "python3") && maySplitNetworks() && inOwnNetwork(import.meta.url)) {
  describe("Art-Net output, read back from OLA", () => {
    let network: NetworkNamespace;
    let olad: Olad;
    const undo: (() => Promise<void> | void)[] = [];

    beforeAll(async () => {
      network = await NetworkNamespace.open();
      olad = await Olad.start(network);
    });
    afterEach(async () => {
      for (const step of undo.splice(0).reverse()) await step();
    });
    afterAll(async () => {
      await olad?.stop();
      await network?.close();
    });

    async function playing(settings: object, rig: DmxRig): Promise<Output> {
      const output = createArtnetOutput(ArtnetConfig.parse({ type: "artnet", ...settings }), contextWith(rig));
      await output.start();
      const frames = playFrames(output);
      undo.push(async () => {
        frames.stop();
        await output.stop();
      });
      return output;
    }

    function aLitRig(value: number): DmxRig {
      const rig = new DmxRig([...ARTNET_UNIVERSES]);
      for (const universe of ARTNET_UNIVERSES) rig.set(universe, value, universe);
      return rig;
    }

    const first = olaUniverseOfArtnet(1);

    it("universes 1 to 4 arrive at the node's ports 0:0:0 to 0:0:3, found by polling", async () => {
      const output = await playing({}, aLitRig(41));

      for (const universe of ARTNET_UNIVERSES) {
        const dmx = await olad.until(olaUniverseOfArtnet(universe), begins(41, universe));
        expect(dmx.length).toBe(512);
      }
      expect(output.health()).toMatchObject({ receiving: "receiving", errors: 0, lastError: "" });
      expect(output.health().peer).toContain(THERE);
    });

    it("a host gets every universe without being asked whether it is a node", async () => {
      await playing({ discovery: false, hosts: [THERE] }, aLitRig(42));

      for (const universe of ARTNET_UNIVERSES) await olad.until(olaUniverseOfArtnet(universe), begins(42, universe));
    });

    it("broadcast reaches a node when it is asked for", async () => {
      await playing({ discovery: false, broadcast: true, interface: "here" }, aLitRig(43));

      await olad.until(first, begins(43, 1));
    });

    it("blackout is dark at once, and the end leaves the node dark", async () => {
      const output = await playing({}, aLitRig(44));
      await olad.until(first, begins(44, 1));

      output.mode("blackout");
      await olad.until(first, begins(0, 0));
      output.mode("following");
      await olad.until(first, begins(44, 1));
      output.mode("released");
      await olad.until(first, begins(0, 0));
    });

    it("`release: hold` leaves the last look", async () => {
      const output = await playing({ release: "hold" }, aLitRig(45));
      await olad.until(first, begins(45, 1));

      output.mode("released");
      await new Promise((resolve) => setTimeout(resolve, 300));

      expect((await olad.dmx(first)).slice(0, 2)).toEqual([45, 1]);
    });

    it("a universe that no node shows is sent to nobody, and health says what to do", async () => {
      const rig = new DmxRig([30]);
      const output = await playing({}, rig);
      await eventually(() => output.health().peer.includes(THERE), 5000);

      expect(output.health()).toMatchObject({ receiving: "not-receiving", sent: 0 });
      expect(output.health().lastError).toContain("No node shows universe 30 (0:1:13)");
    });

    it("a node whose cable is pulled is given up, and found again", async () => {
      const output = await playing({}, aLitRig(46));
      await eventually(() => output.health().receiving === "receiving", 5000);

      network.cable("down");
      await eventually(() => output.health().receiving === "not-receiving", 20_000);
      network.cable("up");
      await eventually(() => output.health().receiving === "receiving", 10_000);
    });

    it("sync follows the universes of a frame, and time code runs with the clock", async () => {
      const output = await playing({ sync: "unicast", timecode: "clock" }, aLitRig(47));
      await olad.until(first, begins(47, 1));
      const [program, args] = network.inside("python3", "-c", SNIFF);
      const sniffer = new ReceiverProcess(program, args);
      undo.push(() => sniffer.stop());
      const line = sniffer.lines[await sniffer.line(/\d/)] ?? "";

      const heard = line.trim().split(/\s+/).map(Number);
      const kinds = new Set(heard);
      expect(kinds).toEqual(new Set([0x5000, 0x5200, 0x9700]));
      const syncs = heard.filter((kind) => kind === 0x5200).length;
      const frames = heard.filter((kind) => kind === 0x5000).length / ARTNET_UNIVERSES.length;
      expect(Math.abs(syncs - frames)).toBeLessThanOrEqual(1);
      expect(output.health().errors).toBe(0);
    });

    outputCases({
      name: "artnet",
      open: () => {
        const config = ArtnetConfig.parse({ type: "artnet" });
        const handedBack = async () => (await olad.until(first, begins(0, 0))).length === 512;
        return { output: createArtnetOutput(config, contextWith(aLitRig(48))), handedBack };
      },
    });

    it("a scan lists the node with the universes it shows", async () => {
      const found = await scanArtnet({ seconds: 4, interfaceAddress: HERE });

      expect(found).toMatchObject([
        { kind: "artnet", address: THERE, suggestion: "type: artnet\nuniverses: [1, 2, 3, 4]" },
      ]);
      expect(found[0]?.detail).toContain("shows universe 1 (0:0:0), 2 (0:0:1)");
    });
  });
}

/** Opcodes that reach port 6454 of the other machine within two seconds, below any program that listens there. */
const SNIFF = `
import socket, time
tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
tap.settimeout(0.2)
end = time.time() + 2
seen = []
while time.time() < end:
    try: packet, origin = tap.recvfrom(2048)
    except TimeoutError: continue
    head = (packet[0] & 15) * 4
    if origin[2] == 4 or packet[9] != 17 or packet[head + 2:head + 4] != (6454).to_bytes(2, "big"): continue
    if packet[head + 8:head + 16] == b"Art-Net\\0" and packet[head + 17] != 0x20 and packet[head + 17] != 0x21:
        seen.append(packet[head + 16] | packet[head + 17] << 8)
print(*seen)
`;
