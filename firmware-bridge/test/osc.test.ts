import { createSocket } from "node:dgram";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { createOscOutput, OscConfig } from "../src/outputs/osc/index.js";
import type { BeatCue, BeatPose, Output } from "../src/outputs/output.js";
import { monotonic, testContext, until } from "./conductor.js";
import { pythonOrSkip } from "./python-receivers.js";
import { freeTcpPort, freeUdpPort, ReceiverProcess } from "./receiver-process.js";
import { needs } from "./receivers.js";

const hasOscdump = needs("oscdump", "liblo-tools");
const python = await pythonOrSkip(["python-osc"]);
const LISTENER = fileURLToPath(new URL("osc-listener.py", import.meta.url));

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop();
});

async function startOutput(settings: object, port: number): Promise<Output> {
  const config = OscConfig.parse({ type: "osc", targets: [{ host: "127.0.0.1", port }], ...settings });
  const output = createOscOutput(config, testContext(""));
  open.push(output);
  await output.start();
  output.mode("following");
  return output;
}

async function startListener(transport: "udp" | "tcp", port: number): Promise<ReceiverProcess> {
  const listener = new ReceiverProcess(python ?? "", [LISTENER, transport, String(port)]);
  open.push(listener);
  await listener.line(/^listening/);
  return listener;
}

/** oscdump says nothing until something came: knock until it answers. */
async function startOscdump(port: number): Promise<ReceiverProcess> {
  const dump = new ReceiverProcess("oscdump", ["-L", String(port)]);
  open.push(dump);
  const knocking = await startOutput(
    { preset: "none", messages: [{ when: "beat", address: "/knock" }], tempoStepBpm: 1 },
    port,
  );
  await until("oscdump listens", () => {
    knocking.beat(cueWith());
    return dump.lines.some((line) => line.includes("/knock"));
  });
  return dump;
}

const cueWith = (change: Partial<BeatCue> = {}): BeatCue => ({
  ...{ beatId: "a-1", dueAt: monotonic(), fireAt: monotonic(), beatInBar: 1, beatsPerBar: 4, bar: 16, bpm: 128 },
  ...{ confidence: 0.9, energy: { low: 0.5, mid: 0.25, high: 0.125 }, source: "announced" },
  ...change,
});

const poseWith = (change: Partial<BeatPose> = {}): BeatPose => ({
  ...{ at: monotonic(), beatPosition: 1.25, beatPhase: 0.25, barPhase: 2.25, beatsPerBar: 4, bar: 16, bpm: 128 },
  ...{ confidence: 0.9, energy: { low: 0.5, mid: 0.25, high: 0.125 }, mode: "following", level: 1 },
  ...change,
});

/** What oscdump printed, without its time stamps and our knocking. */
const said = (dump: ReceiverProcess): string[] =>
  dump.lines.map((line) => line.replace(/^\S+ /, "").trim()).filter((line) => !line.startsWith("/knock"));

const heard = (listener: ReceiverProcess): unknown[][] =>
  listener.lines.filter((line) => line.startsWith("[")).map((line) => JSON.parse(line));

describe.skipIf(!hasOscdump)("oscdump", () => {
  test("prints tempo, beat, bar and phrase, and the release of each", async () => {
    const port = await freeUdpPort();
    const dump = await startOscdump(port);
    const output = await startOutput({ preset: "generic", releaseMs: 20 }, port);

    output.beat(cueWith({ beatInBar: 2 }));
    await dump.line(/trigger\/1 f 0\.0/);
    output.beat(cueWith({ beatInBar: 1, bar: 16 }));
    await dump.line(/phrase\/trigger f 0\.0/);

    expect(said(dump)).toEqual([
      '/master/mode s "following"',
      "/master/bpm/current f 128.000000",
      "/master/confidence f 0.900000",
      "/master/beat/trigger/1 f 1.000000",
      "/master/beat/trigger/1 f 0.000000",
      "/master/beat/trigger/1 f 1.000000",
      "/master/beat/trigger/4 f 1.000000",
      "/master/phrase/trigger f 1.000000",
      "/master/beat/trigger/1 f 0.000000",
      "/master/beat/trigger/4 f 0.000000",
      "/master/phrase/trigger f 0.000000",
    ]);
  });

  test("prints ramps while beats come, zeros once when the music is gone, then nothing", async () => {
    const port = await freeUdpPort();
    const dump = await startOscdump(port);
    const output = await startOutput({ preset: "generic" }, port);

    output.frame(poseWith());
    output.mode("idle");
    output.frame(poseWith({ mode: "idle", level: 0 }));
    output.mode("released");
    await dump.line(/released/);

    expect(said(dump).filter((line) => /subdiv|mode/.test(line))).toEqual([
      '/master/mode s "following"',
      "/master/beat/subdiv/1 f 0.250000",
      "/master/beat/subdiv/4 f 0.562500",
      '/master/mode s "idle"',
      "/master/beat/subdiv/1 f 0.000000",
      "/master/beat/subdiv/4 f 0.000000",
      '/master/mode s "released"',
    ]);
  });

  test("holds a beat that came ahead of time until its time tag", async () => {
    const port = await freeUdpPort();
    const dump = await startOscdump(port);
    const messages = [{ when: "beat", address: "/ahead" }];
    const output = await startOutput({ preset: "none", messages, timeTags: true, timeTagLeadMs: 150 }, port);
    const fireAt = monotonic() + 0.6;

    output.beat(cueWith({ fireAt }));
    const index = await dump.line(/ \/ahead/);

    expect(output.leadS).toBe(0.15);
    // oscdump prints the time tag: seconds and fraction since 1900, in hexadecimal.
    const [seconds = 0, fraction = 0] = (dump.lines[index] ?? "")
      .split(/[. ]/)
      .map((part) => Number.parseInt(part, 16));
    const taggedS = seconds + fraction / 2 ** 32 - 2_208_988_800;
    expect(taggedS).toBeCloseTo(Date.now() / 1000 + fireAt - monotonic(), 1);
    // liblo lets go up to 10 ms early; it may be late on a busy machine, never this early.
    expect((dump.cameAt[index] ?? 0) / 1000 - fireAt).toBeGreaterThan(-0.02);
  });
});

describe.skipIf(!python)("python-osc", () => {
  test.each([
    [
      "resolume",
      {},
      [
        ["/composition/tempocontroller/tempo", 0.225],
        ["/composition/tempocontroller/resync", 1],
      ],
    ],
    [
      "resolume-tap",
      {},
      [
        ["/composition/tempocontroller/tempotap", 1],
        ["/composition/tempocontroller/resync", 1],
      ],
    ],
    [
      "grandma3",
      { values: { barKey: 101 } },
      [
        ["/cmd", "Master 3.1 At BPM 128.00"],
        ["/Page1/Key101", 1],
        ["/Page1/Key101", 0],
      ],
    ],
    [
      "chromatik",
      {},
      [
        ["/lx/tempo/setBPM", 128],
        ["/lx/tempo/beat-within-bar", 1],
      ],
    ],
    [
      "touchdesigner",
      {},
      [
        ["/tactus/active", 1],
        ["/tactus/bpm", 128],
        ["/tactus/confidence", 0.9],
        ["/tactus/beat", 1],
      ],
    ],
  ])("reads a downbeat in the words of %s", async (preset, settings, expected) => {
    const port = await freeUdpPort();
    const listener = await startListener("udp", port);
    const output = await startOutput({ preset, releaseMs: 10, ...settings }, port);

    output.beat(cueWith({ bar: 16 }));
    await until("all messages", () => heard(listener).length >= expected.length);

    const rounded = heard(listener).map(([address, arg]) => [
      address,
      typeof arg === "number" ? Math.round(arg * 1000) / 1000 : arg,
    ]);
    expect(rounded.slice(0, expected.length)).toEqual(expected);
  });

  test("fires Eos macros over TCP, answers the ping, and is found again after it was gone", async () => {
    const port = await freeTcpPort();
    const output = await startOutput({ preset: "eos", values: { beatMacro: 901 } }, port);
    await until("the refusal", () => output.health().errors > 0);
    expect(output.health()).toMatchObject({
      receiving: "not-receiving",
      lastError: expect.stringMatching(/ECONNREFUSED/),
    });

    const first = await startListener("tcp", port);
    await until("the desk answers", () => output.health().receiving === "receiving");
    output.beat(cueWith());
    await first.line(/macro\/901\/fire/);

    await first.stop();
    await until("the loss", () => output.health().receiving === "not-receiving");
    output.beat(cueWith()); // dropped, not kept for later
    const second = await startListener("tcp", port);
    await until("the desk is back", () => output.health().receiving === "receiving");
    output.beat(cueWith());
    await second.line(/macro\/901\/fire/);

    expect(heard(second).filter(([address]) => address !== "/eos/ping")).toEqual([["/eos/macro/901/fire"]]);
  });

  test("sees two targets told the same", async () => {
    const ports = [await freeUdpPort(), await freeUdpPort()];
    const listeners = await Promise.all(ports.map((port) => startListener("udp", port)));
    const targets = ports.map((port) => ({ host: "127.0.0.1", port }));
    const messages = [{ when: "beat", address: "/x", args: [{ string: "bar {bar}" }, { int: "beat" }, true] }];
    const output = await startOutput({ preset: "none", messages, targets }, 0);

    output.beat(cueWith());

    for (const listener of listeners) {
      await listener.line(/bar 16/);
      expect(heard(listener)).toEqual([["/x", "bar 16", 1, true]]);
    }
  });
});

test("health says that nobody listens on a port, that somebody does, and that feedback comes", async () => {
  const [port, feedbackPort] = [await freeUdpPort(), await freeUdpPort()];
  const output = await startOutput({ preset: "generic", feedbackPort }, port);
  const knock = (receiving: string) => () => {
    output.beat(cueWith());
    return output.health().receiving === receiving;
  };
  expect(output.health().receiving).toBe("unknown");

  await until("the refusal", knock("not-receiving"));
  expect(output.health().lastError).toMatch(/nobody listens there/);

  const receiver = createSocket("udp4").bind(port, "127.0.0.1");
  open.push({ stop: async () => void receiver.close() });
  await until("no more refusals", knock("unknown"));
  receiver.send(Buffer.from("/alive\0\0,\0\0\0"), feedbackPort, "127.0.0.1");
  await until("feedback", knock("receiving"));
});

test("a pressed button is released when the output stops", async () => {
  const port = await freeUdpPort();
  const packets: string[] = [];
  const socket = createSocket("udp4", (packet) => void packets.push(packet.toString("latin1"))).bind(port, "127.0.0.1");
  open.push({ stop: async () => void socket.close() });
  const messages = [{ when: "beat", address: "/k", args: [{ int: 1 }], release: [{ int: 0 }] }];
  const output = await startOutput({ preset: "none", messages, releaseMs: 2000 }, port);

  output.beat(cueWith({ bpm: 20 }));
  await output.stop();
  await until("both packets", () => packets.length === 2);

  expect(packets.map((packet) => packet.charCodeAt(11))).toEqual([1, 0]);
});
