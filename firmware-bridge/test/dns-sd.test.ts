import { execFileSync } from "node:child_process";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createOs2lOutput, Os2lConfig } from "../src/outputs/os2l/index.js";
import type { BeatCue, Output } from "../src/outputs/output.js";
import { scanOs2l } from "../src/scan/os2l-scan.js";
import { scanWled } from "../src/scan/wled-scan.js";
import { Avahi } from "./avahi.js";
import { testContext, until } from "./conductor.js";
import { inOwnNetwork } from "./own-network.js";
import { needs } from "./receivers.js";

const ADDRESS = "10.77.0.1";
const cue: BeatCue = {
  ...{ beatId: "a-1", dueAt: 0, fireAt: 0, beatInBar: 1, beatsPerBar: 4, bar: 16, bpm: 128, confidence: 0.9 },
  ...{ energy: { low: 0.5, mid: 0.25, high: 0.125 }, source: "announced" },
};

/** A lighting program that only listens: what each connection said. */
async function startProgram(port: number): Promise<{ said: string; sockets: Socket[]; server: Server }> {
  const program = { said: "", sockets: [] as Socket[], server: createServer() };
  program.server.on("connection", (socket) => {
    program.sockets.push(socket);
    socket.on("data", (bytes) => {
      program.said += bytes.toString();
    });
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => program.server.listen(port, ADDRESS, resolve));
  return program;
}

const hasAvahi = needs("avahi-daemon", "avahi-daemon") && needs("avahi-publish", "avahi-utils");
if (hasAvahi && needs("dbus-daemon", "dbus-daemon") && inOwnNetwork(import.meta.url)) {
  const avahi = new Avahi();
  const open: { stop(): Promise<void> }[] = [];

  beforeAll(async () => {
    const commands = [
      "ip link add v0 type veth peer name v1",
      `ip addr add ${ADDRESS}/24 dev v0`,
      "ip link set v0 up",
      "ip link set v1 up",
      "ip route add 224.0.0.0/4 dev v0",
    ];
    execFileSync("sh", ["-c", commands.join(" && ")]);
    await avahi.start();
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.stop();
  });
  afterAll(() => avahi.stop());

  async function startOutput(settings: object): Promise<Output> {
    const output = createOs2lOutput(Os2lConfig.parse({ type: "os2l", ...settings }), testContext(""));
    open.push(output);
    await output.start();
    return output;
  }

  describe("OS2L over DNS-SD", () => {
    test.each([{}, { interface: "v0" }, { interface: ADDRESS }])(
      "finds a program that avahi advertises, with %j",
      async (settings) => {
        const program = await startProgram(9101);
        const published = await avahi.publish("Desk One", "_os2l._tcp", 9101);
        const output = await startOutput(settings);

        await until("the connection", () => output.health().receiving === "receiving");
        output.beat(cue);
        await until("the beat", () => program.said !== "");

        expect(JSON.parse(program.said)).toEqual({ evt: "beat", change: true, pos: 0, bpm: 128, strength: 0.5 });
        expect(output.health().peer).toBe(`Desk One at ${ADDRESS}:9101`);
        await published.stop();
        await output.stop();
        program.server.close();
      },
    );

    test("says what is missing until a program turns up, and takes the one it was told to", async () => {
      const output = await startOutput({ serviceName: "Left" });
      expect(output.health()).toMatchObject({
        receiving: "not-receiving",
        lastError: expect.stringMatching(/No OS2L program/),
      });

      const [left, right] = [await startProgram(9102), await startProgram(9103)];
      const published = [
        await avahi.publish("Right", "_os2l._tcp", 9103),
        await avahi.publish("Left", "_os2l._tcp", 9102),
      ];
      await until("the connection", () => output.health().receiving === "receiving");

      expect([left.sockets.length, right.sockets.length]).toEqual([1, 0]);
      for (const one of published) await one.stop();
      await output.stop();
      for (const { server } of [left, right]) server.close();
    });

    test("connects again when the program was restarted", async () => {
      const program = await startProgram(9104);
      const output = await startOutput({ host: ADDRESS, port: 9104, buttons: [{ name: "Music", when: "following" }] });
      output.mode("following");
      await until("the first connection", () => program.said.includes('"on"'));

      for (const socket of program.sockets) socket.destroy();
      await until("the loss", () => output.health().receiving === "not-receiving");
      program.said = "";
      await until("the second connection", () => program.said !== "");

      expect(program.said).toBe('{"evt":"btn","name":"Music","state":"on"}');
      await output.stop();
      program.server.close();
    });
  });

  test("scan lists programs with the lines that point at them", async () => {
    const published = await avahi.publish("Desk Two", "_os2l._tcp", 9105);

    const found = await scanOs2l({ seconds: 2, interfaceAddress: ADDRESS });
    await published.stop();

    expect(found).toContainEqual({
      ...{ kind: "os2l", name: "Desk Two", address: `${ADDRESS}:9105` },
      ...{
        detail: "lighting program, advertises _os2l._tcp",
        suggestion: `type: os2l\nhost: "${ADDRESS}"\nport: 9105`,
      },
    });
  });

  test("scan lists WLEDs with what they say about sound sync", async () => {
    const info = { ver: "0.15.0", name: "Bar front", leds: { count: 300 }, u: { "UDP Sound Sync": ["receive mode"] } };
    const http = createHttpServer((_, response) => void response.end(JSON.stringify(info)));
    await new Promise<void>((resolve) => http.listen(80, ADDRESS, resolve));
    const published = [
      await avahi.publish("wled-bar", "_wled._tcp", 80),
      await avahi.publish("wled-off", "_wled._tcp", 8099),
    ];

    const found = await scanWled({ seconds: 2 });
    for (const one of published) await one.stop();
    http.close();

    expect(found.sort((a, b) => a.name.localeCompare(b.name))).toEqual([
      {
        ...{ kind: "wled", name: "Bar front", address: ADDRESS, suggestion: `type: wled\nhosts: ["${ADDRESS}"]` },
        detail: "WLED 0.15.0, 300 LEDs, waits for sound sync",
      },
      {
        ...{
          kind: "wled",
          name: "wled-off",
          address: `${ADDRESS}:8099`,
          suggestion: `type: wled\nhosts: ["${ADDRESS}"]`,
        },
        detail: "advertises itself, but does not answer over HTTP",
      },
    ]);
  });
}
