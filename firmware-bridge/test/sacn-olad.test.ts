/** sACN as OLA sees it: values, restarts, priorities, the end of a stream; OLA and the bridge on two machines of their own. */
import { fork } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createSacnOutput, SacnConfig } from "../src/outputs/sacn/index.js";
import { encodeData } from "../src/outputs/sacn/sacn-packet.js";
import { contextWith, DmxRig, playFrames } from "./dmx-rig.js";
import { HERE, maySplitNetworks, NetworkNamespace, THERE } from "./network-namespace.js";
import { Olad, SACN_UNIVERSES } from "./olad.js";
import { inOwnNetwork } from "./own-network.js";
import { needs } from "./receivers.js";

const ALL = Array.from({ length: SACN_UNIVERSES }, (_, i) => i + 1);
const begins =
  (...values: number[]) =>
  (dmx: number[]) =>
    values.every((value, i) => dmx[i] === value);

if (needs("olad", "ola") && maySplitNetworks() && inOwnNetwork(import.meta.url)) {
  describe("sACN output, read back from OLA", () => {
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

    async function playing(settings: object, rig: DmxRig, options: { stateDir?: string; name?: string } = {}) {
      const config = SacnConfig.parse({ type: "sacn", interface: HERE, ...settings });
      const output = createSacnOutput(config, contextWith(rig, options));
      await output.start();
      const frames = playFrames(output);
      const stop = async () => {
        frames.stop();
        await output.stop();
      };
      undo.push(stop);
      return { output, stop };
    }

    /** A desk: one packet with full control of its header. */
    async function sendPacket(header: object, value: number) {
      const socket = createSocket("udp4");
      const packet = encodeData({ ...DESK, ...header, channels: new Uint8Array(512).fill(value) });
      await new Promise((resolve) => socket.send(packet, 5568, THERE, resolve));
      socket.close();
    }

    it("values of every universe arrive by multicast", async () => {
      const rig = new DmxRig(ALL);
      for (const universe of ALL) rig.set(universe, universe, 255 - universe);
      const { output } = await playing({}, rig);

      for (const universe of ALL) {
        const dmx = await olad.until(universe, begins(universe, 255 - universe));
        expect(dmx.length).toBe(512);
      }
      expect(output.health()).toMatchObject({ errors: 0, lastError: "", receiving: "unknown" });
    });

    it("the first packets after a clean restart count, in 64 universes, however often", async () => {
      const stateDir = mkdtempSync(join(tmpdir(), "tactus-sacn-"));
      const rig = new DmxRig(ALL);
      for (let run = 1; run <= 4; run++) {
        for (const universe of ALL) rig.set(universe, run, universe);
        const { stop } = await playing({ hosts: [THERE] }, rig, { stateDir });
        for (const universe of ALL) await olad.until(universe, begins(run, universe), 2000);
        await stop();
      }
      rmSync(stateDir, { recursive: true });
    });

    // After so many frames OLA remembers sequence 65 + frames: 9, 20 and 1 would make it drop a plain start at 1.
    it("the first packets after kill -9 count, in 64 universes", async () => {
      const stateDir = mkdtempSync(join(tmpdir(), "tactus-sacn-"));
      // A plain start at 1 would be dropped after 10 frames; after 200 the first of our two packets is.
      for (const [run, frames] of [10, 200, 5, 211].entries()) {
        const value = 101 + run;
        const child = fork(SENDER, [stateDir, THERE, String(SACN_UNIVERSES), String(value), String(frames)]);
        undo.push(() => void child.kill("SIGKILL"));
        for (const universe of ALL) await olad.until(universe, begins(value, universe), 5000);
        child.send("go on");
        await once(child, "message");
        const gone = once(child, "exit");
        child.kill("SIGKILL");
        await gone;
      }
      rmSync(stateDir, { recursive: true });
    });

    it("a late packet does not turn the light back", async () => {
      await sendPacket({ universe: 40, sequence: 50 }, 11);
      await olad.until(40, begins(11));
      await sendPacket({ universe: 40, sequence: 45 }, 22);
      await sendPacket({ universe: 41, sequence: 1 }, 33);
      await olad.until(41, begins(33));

      expect((await olad.dmx(40))[0]).toBe(11);
    });

    it("a desk at priority 100 takes over, and the bridge has the light again when the desk ends", async () => {
      const rig = new DmxRig([50]);
      rig.set(50, 77);
      await playing({}, rig);
      await olad.until(50, begins(77));

      let sequence = 0;
      const desk = setInterval(() => void sendPacket({ universe: 50, sequence: sequence++ & 255 }, 200), 100);
      undo.push(() => clearInterval(desk));
      await olad.until(50, begins(200));
      rig.set(50, 78);
      clearInterval(desk);
      for (let i = 0; i < 3; i++) await sendPacket({ universe: 50, sequence: sequence++ & 255, terminated: true }, 0);

      await olad.until(50, begins(78));
    });

    it("released hands the light to a source of lower priority at once, long before the loss of 2.5 s", async () => {
      const rig = new DmxRig([51]);
      rig.set(51, 77);
      const { output } = await playing({}, rig);
      await olad.until(51, begins(77));
      let sequence = 0;
      const backup = setInterval(
        () => void sendPacket({ universe: 51, priority: 10, sequence: sequence++ & 255 }, 5),
        100,
      );
      undo.push(() => clearInterval(backup));
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect((await olad.dmx(51))[0]).toBe(77);

      output.mode("released");
      await olad.until(51, begins(5), 2000);
      output.mode("following");
      await olad.until(51, begins(77), 2000);
    });

    it("blackout is dark although the source is lit", async () => {
      const rig = new DmxRig([52]);
      rig.set(52, 255, 255);
      const { output } = await playing({}, rig);
      await olad.until(52, begins(255, 255));

      output.mode("blackout");
      await olad.until(52, begins(0, 0));
      output.mode("following");
      await olad.until(52, begins(255, 255));
    });

    it("preview data stay out of the light", async () => {
      const rig = new DmxRig([53, 54]);
      rig.set(53, 99);
      rig.set(54, 99);
      await playing({ preview: true, universes: [53] }, rig, { name: "preview" });
      await playing({ universes: [54] }, rig, { name: "live" });
      await olad.until(54, begins(99));

      expect((await olad.dmx(53))[0] ?? 0).not.toBe(99);
    });
  });
}

const DESK = {
  cid: "0123456789abcdef0123456789abcdef",
  sourceName: "desk",
  priority: 100,
  syncAddress: 0,
  preview: false,
  terminated: false,
  forceSync: false,
  startCode: 0,
  sequence: 0,
  universe: 1,
};
const SENDER = fileURLToPath(new URL("sacn-sender.mjs", import.meta.url));
