/** sACN as the Python package `sacn` sees it: availability, priority, options and the end of a stream. */
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { outputCases } from "../src/outputs/output.cases.js";
import { createSacnOutput, SacnConfig } from "../src/outputs/sacn/index.js";
import { contextWith, DmxRig, playFrames } from "./dmx-rig.js";
import { HERE, maySplitNetworks, NetworkNamespace, THERE } from "./network-namespace.js";
import { inOwnNetwork } from "./own-network.js";
import { pythonOrSkip } from "./python-receivers.js";
import { ReceiverProcess } from "./receiver-process.js";

const LISTENER = fileURLToPath(new URL("sacn-listener.py", import.meta.url));
const python = maySplitNetworks() ? await pythonOrSkip(["sacn"]) : undefined;

if (!python) it.skip("needs root and the Python package sacn", () => {});
else if (inOwnNetwork(import.meta.url)) {
  describe("sACN output, heard by the Python package sacn", () => {
    let network: NetworkNamespace;
    let listener: ReceiverProcess;
    const undo: (() => Promise<void> | void)[] = [];

    beforeAll(async () => {
      network = await NetworkNamespace.open();
      const [program, args] = network.inside(python, LISTENER, THERE, "1", "2", "3", "4");
      listener = new ReceiverProcess(program, args);
      await listener.line(/ready/);
    });
    afterEach(async () => {
      for (const step of undo.splice(0).reverse()) await step();
    });
    afterAll(async () => {
      await listener?.stop();
      await network?.close();
    });

    async function playing(settings: object, rig: DmxRig) {
      const config = SacnConfig.parse({ type: "sacn", interface: HERE, ...settings });
      const output = createSacnOutput(config, contextWith(rig));
      await output.start();
      const frames = playFrames(output);
      undo.push(async () => {
        frames.stop();
        await output.stop();
      });
      return { output, frames };
    }

    it("a stream is there with values, name and priority 90, and is gone at once when it ends", async () => {
      const rig = new DmxRig([1]);
      rig.set(1, 12, 34);
      const { output } = await playing({}, rig);

      const index = await listener.line(/"universe": 1, "values": \[12, 34\]/);
      expect(JSON.parse(listener.lines[index] ?? "")).toMatchObject({
        priority: 90,
        preview: false,
        sync: 0,
        name: "Tactus",
      });
      await listener.line(/"universe": 1, "availability": "available"/);
      const before = performance.now();
      output.mode("released");
      const ended = await listener.line(/"universe": 1, "availability": "timeout"/);
      // Without its three last packets the stream would count as lost 2.5 s after the last one.
      expect((listener.cameAt[ended] ?? 0) - before).toBeLessThan(2000);
    });

    it("options of the configuration are those of the packets", async () => {
      const rig = new DmxRig([2]);
      rig.set(2, 1, 2);
      await playing({ priority: 150, preview: true, syncUniverse: 7, sourceName: "stage left" }, rig);

      const index = await listener.line(/"universe": 2, "values": \[1, 2\]/);
      const heard = JSON.parse(listener.lines[index] ?? "");
      expect(heard).toMatchObject({ priority: 150, preview: true, sync: 7, name: "stage left" });
    });

    it("unchanged values keep the stream available without frames", async () => {
      const rig = new DmxRig([3]);
      rig.set(3, 5, 6);
      const { frames } = await playing({}, rig);
      await listener.line(/"universe": 3, "values": \[5, 6\]/);

      frames.stop();
      await new Promise((resolve) => setTimeout(resolve, 4000));

      expect(listener.lines.filter((line) => /"universe": 3, "availability": "timeout"/.test(line))).toEqual([]);
    });

    outputCases({
      name: "sacn",
      open: async () => {
        const rig = new DmxRig([4]);
        rig.set(4, 7, 8);
        const config = SacnConfig.parse({ type: "sacn", interface: HERE });
        const seen = listener.lines.length;
        const handedBack = async () => {
          while (!listener.lines.slice(seen).some((line) => /"universe": 4, "availability": "timeout"/.test(line)))
            await new Promise((resolve) => setTimeout(resolve, 20));
          return true;
        };
        return { output: createSacnOutput(config, contextWith(rig)), handedBack };
      },
    });
  });
}
