/** What desks send, as the merge gets it: OLA and the Python packages `sacn` and `stupidArtnet` on another machine. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { artnetPort } from "../src/outputs/artnet/index.js";
import { createSacnOutput, ownCids, SacnConfig } from "../src/outputs/sacn/index.js";
import type { DmxReceiver } from "../src/receive/incoming-universe.js";
import { createReceiver } from "../src/receive/index.js";
import { scanSacn } from "../src/scan/sacn-scan.js";
import { contextWith, DmxRig, monotonic, playFrames } from "./dmx-rig.js";
import { HERE, maySplitNetworks, NetworkNamespace, THERE } from "./network-namespace.js";
import { Olad, SENT } from "./olad.js";
import { inOwnNetwork } from "./own-network.js";
import { pythonOrSkip } from "./python-receivers.js";
import { needs } from "./receivers.js";

const SENDER = fileURLToPath(new URL("dmx-sender.py", import.meta.url));
const SACN_UNIVERSES = [...Array.from({ length: 63 }, (_, i) => i + 1), SENT.sacn.universe];
const able = needs("olad", "ola") && maySplitNetworks();
const python = able ? await pythonOrSkip(["sacn", "stupidArtnet"]) : undefined;

if (!python) it.skip("needs root, olad and the Python packages sacn and stupidArtnet", () => {});
else if (inOwnNetwork(import.meta.url)) {
  describe("receivers of desks", () => {
    let network: NetworkNamespace;
    let olad: Olad;
    let desk: ChildProcess;
    let receiver: DmxReceiver;

    beforeAll(async () => {
      network = await NetworkNamespace.open();
      receiver = createReceiver(
        { sacn: SACN_UNIVERSES, artnet: [SENT.artnet.universe, 20] },
        { now: monotonic, ownCids, artnetPort },
      );
      await receiver.start();
      olad = await Olad.start(network);
      const [program, args] = network.inside(python, SENDER, THERE, HERE);
      desk = spawn(program, args, { stdio: ["pipe", "inherit", "inherit"] });
    });
    afterAll(async () => {
      desk?.kill();
      await olad?.stop();
      await receiver?.stop();
      await network?.close();
    });

    const order = (what: object) => desk.stdin?.write(`${JSON.stringify(what)}\n`);
    const seen = (universe: number) =>
      receiver.universe(universe).map(({ priority, channels }) => [priority, channels[0], channels[1]]);

    async function until(universe: number, wanted: unknown, patienceMs = 15_000, again: () => void = () => {}) {
      const end = performance.now() + patienceMs;
      while (JSON.stringify(seen(universe)) !== JSON.stringify(wanted)) {
        if (performance.now() > end) expect(seen(universe)).toEqual(wanted);
        again();
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }

    it("OLA's sACN arrives by multicast, in the last of 64 universes too", async () => {
      await until(SENT.sacn.universe, [[100, 11, 12]], 15_000, () => olad.show(SENT.sacn.ola, 11, 12));
    });

    it("OLA finds us by polling and sends its Art-Net here", async () => {
      await until(SENT.artnet.universe, [[100, 21, 22]], 20_000, () => olad.show(SENT.artnet.ola, 21, 22));

      expect(receiver.universe(SENT.artnet.universe)[0]).toMatchObject({ source: `artnet ${THERE}`, universe: 9 });
    });

    it("a desk's priority and values are kept, its end removes it", async () => {
      order({ do: "sacn", universe: 5, priority: 130, values: [31, 32] });
      await until(5, [[130, 31, 32]]);

      order({ do: "end sacn", universe: 5 });
      await until(5, [], 2000);
    });

    it("preview data are not for the merge", async () => {
      order({ do: "sacn", universe: 6, preview: true, values: [1, 1] });
      order({ do: "sacn", universe: 7, values: [2, 2] });
      await until(7, [[100, 2, 2]]);

      expect(seen(6)).toEqual([]);
    });

    it("stupidArtnet's packets arrive in the universe that it counts from 0", async () => {
      await until(20, [[100, 41, 42]], 10_000, () => order({ do: "artnet", universe: 20, values: [41, 42] }));
    });

    it("our own sACN does not come back as a desk", async () => {
      const rig = new DmxRig([7, 8]);
      rig.set(8, 99, 99);
      const config = SacnConfig.parse({ type: "sacn" });
      const output = createSacnOutput(config, contextWith(rig));
      await output.start();
      const frames = playFrames(output);
      await new Promise((resolve) => setTimeout(resolve, 300));

      expect([seen(7), seen(8)]).toEqual([[[100, 2, 2]], []]);
      frames.stop();
      await output.stop();
    });

    it("a scan lists the desk with its universes and priority", async () => {
      const found = await scanSacn({ seconds: 11, interfaceAddress: HERE });

      const named = found.find(({ name }) => name === "python desk");
      expect(named).toMatchObject({ kind: "sacn", address: THERE, suggestion: "receive:\n  sacn: [6, 7]" });
      expect(named?.detail).toContain("universe 6, 7, priority 100");
    });

    it("a desk that dies without a word is gone after 2.5 s", async () => {
      desk.kill("SIGKILL");

      await until(7, [], 6000);
    });
  });
}
