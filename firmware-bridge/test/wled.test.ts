import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { BeatCue, BeatPose, Output } from "../src/outputs/output.js";
import { createWledOutput, WledConfig } from "../src/outputs/wled/index.js";
import { testContext, until } from "./conductor.js";
import { inOwnNetwork } from "./own-network.js";
import { freeUdpPort, ReceiverProcess } from "./receiver-process.js";
import { needs } from "./receivers.js";

const READER = fileURLToPath(new URL("wled-reader.py", import.meta.url));
const ADDRESS = "10.77.0.1";

interface Heard {
  raw: number;
  smooth: number;
  peak: number;
  counter: number;
  bands: number[];
  magnitude: number;
  majorPeakHz: number;
}

const energy = { low: 0.8, mid: 0.4, high: 0.2 };
const cue: BeatCue = {
  ...{ beatId: "a-1", dueAt: 0, fireAt: 0, beatInBar: 1, beatsPerBar: 4, bar: 16, bpm: 128, confidence: 0.9 },
  ...{ energy, source: "announced" },
};
const poseWith = (change: Partial<BeatPose> = {}): BeatPose => ({
  ...{ at: 0, beatPosition: 1.25, beatPhase: 0.25, barPhase: 2.25, beatsPerBar: 4, bar: 16, bpm: 128 },
  ...{ confidence: 0.9, energy, mode: "following", level: 1 },
  ...change,
});

if (needs("python3", "python3") && inOwnNetwork(import.meta.url)) {
  const open: { stop(): Promise<void> }[] = [];

  beforeAll(() => {
    const commands = [`ip link add v0 type veth peer name v1`, `ip addr add ${ADDRESS}/24 dev v0`];
    execFileSync("sh", ["-c", [...commands, "ip link set v0 up", "ip link set v1 up"].join(" && ")]);
  });
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.stop();
  });

  async function startReader(port: number, ...group: string[]): Promise<ReceiverProcess> {
    const reader = new ReceiverProcess("python3", [READER, String(port), ...group]);
    open.push(reader);
    await reader.line(/listening/);
    return reader;
  }

  async function startOutput(settings: object): Promise<Output> {
    const output = createWledOutput(WledConfig.parse({ type: "wled", ...settings }), testContext(""));
    open.push(output);
    await output.start();
    output.mode("following");
    return output;
  }

  const heardBy = (reader: ReceiverProcess): Heard[] =>
    reader.lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));

  describe("WLED audio sync", () => {
    test("reaches the multicast group through the interface that was named, one peak per beat", async () => {
      const reader = await startReader(11988, "239.0.0.1", ADDRESS);
      const output = await startOutput({ interface: "v0" });

      output.frame(poseWith());
      output.beat(cue);
      output.frame(poseWith({ beatPhase: 0 }));
      output.frame(poseWith({ beatPhase: 0.5 }));
      await until("four packets", () => heardBy(reader).length === 4);

      const heard = heardBy(reader);
      expect(heard.map(({ peak }) => peak)).toEqual([0, 1, 0, 0]);
      expect(heard.map(({ counter }) => counter)).toEqual([1, 2, 3, 4]);
      expect(heard[1]?.raw).toBeGreaterThan(heard[3]?.raw ?? 255);
      expect(heard[1]?.bands).toHaveLength(16);
      expect(heard[1]?.bands[0]).toBeGreaterThan(heard[1]?.bands[15] ?? 255);
      expect(heard[1]?.majorPeakHz).toBeLessThan(250);
    });

    test("reaches each host that was named", async () => {
      const port = await freeUdpPort();
      const reader = await startReader(port);
      const output = await startOutput({ hosts: ["127.0.0.1", ADDRESS], port, watch: [] });

      output.beat(cue);
      await until("both packets", () => heardBy(reader).length === 2);
      await until("both counted", () => output.health().sent === 2);

      expect(output.health()).toMatchObject({ receiving: "unknown", errors: 0 });
    });

    test("sends zeros in silence, no more once control is handed back, and nothing that a receiver refuses", async () => {
      const port = await freeUdpPort();
      const reader = await startReader(port);
      const output = await startOutput({ hosts: ["127.0.0.1"], port, watch: [] });

      output.frame(poseWith());
      output.mode("idle");
      output.frame(poseWith({ mode: "idle", level: 0 }));
      output.mode("released");
      output.frame(poseWith({ mode: "released", level: 0 }));
      await output.stop();
      await until("three packets", () => heardBy(reader).length >= 3);

      expect(heardBy(reader).map(({ raw, magnitude }) => raw > 0 || magnitude > 0)).toEqual([true, false, false]);
      expect(reader.lines.filter((line) => line.startsWith("refused"))).toEqual([]);
    });

    test("health says what the controller says about its sound sync", async () => {
      let line = ["receive mode", " v2"];
      const body = () =>
        JSON.stringify({ ver: "0.15.0", name: "Bar", leds: { count: 60 }, u: { "UDP Sound Sync": line } });
      const http = createServer((_, response) => void response.end(body()));
      await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
      const host = `127.0.0.1:${(http.address() as AddressInfo).port}`;
      const output = await startOutput({ watch: [host], watchEveryS: 1, interface: "v0" });

      await until("receiving", () => output.health().receiving === "receiving");
      expect(output.health().peer).toBe(`Bar 0.15.0 at ${host}, sound sync receiving`);
      line = ["off"];
      await until("not receiving", () => output.health().receiving === "not-receiving");
      expect(output.health().lastError).toMatch(/^WLED Bar: sound sync is off: set Config/);
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await until("no answer", () => /does not answer/.test(output.health().lastError));
    });
  });
}
