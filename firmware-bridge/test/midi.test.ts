/** The MIDI output into a pipe, and into RTP-MIDI sessions of pymidi and of a guest that invites us. */
import { execFileSync, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { UnavailableError } from "@tactus/shared";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { createMidiOutput, MidiConfig } from "../src/outputs/midi/index.js";
import { type AppleMidiPacket, decodeAppleMidi, encodeAppleMidi } from "../src/outputs/midi/rtp/apple-midi-packet.js";
import { decodeRtpMidi } from "../src/outputs/midi/rtp/rtp-midi-packet.js";
import { outputCases } from "../src/outputs/output.cases.js";
import type { Output } from "../src/outputs/output.js";
import { Conductor, testContext, until } from "./conductor.js";
import { pythonOrSkip } from "./python-receivers.js";

const folder = mkdtempSync(join(tmpdir(), "tactus-midi-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const act of undo.splice(0).reverse()) await act();
});

const python = await pythonOrSkip(["pymidi"]);

async function startOutput(settings: Pick<MidiConfig, "port"> & Partial<Omit<MidiConfig, "port" | "type">>) {
  const output = createMidiOutput(MidiConfig.parse({ type: "midi", ...settings }), testContext(folder));
  await output.start();
  undo.push(() => output.stop());
  return output;
}

const rtp = (settings: object) =>
  MidiConfig.parse({ type: "midi", port: { kind: "rtp", address: "127.0.0.1", advertise: false, ...settings } }).port;

function conduct(output: Output, bpm = 120): Conductor {
  const conductor = new Conductor(output, { bpm }).start();
  undo.push(() => conductor.stop());
  return conductor;
}

/** A pipe and what is read from it so far. */
function startPipe(): { path: string; bytes: number[] } {
  const path = join(folder, `pipe-${undo.length}-${Date.now()}`);
  execFileSync("mkfifo", [path]);
  const bytes: number[] = [];
  // Opened for writing too: it stays when a writer goes.
  const reader = spawn("sh", ["-c", 'exec cat <> "$0"', path], { stdio: ["ignore", "pipe", "inherit"] });
  reader.stdout.on("data", (chunk: Buffer) => bytes.push(...chunk));
  undo.push(() => reader.kill());
  return { path, bytes };
}

const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1000));

/** A free pair of UDP ports at the time of asking. */
async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port < 65_000 ? port : 5104;
}

outputCases({
  name: "MIDI",
  open: async () => {
    const pipe = startPipe();
    await seconds(0.5); // until it is read
    const port = { kind: "raw" as const, path: pipe.path };
    const config = MidiConfig.parse({ type: "midi", port, notes: { beat: 36, velocity: 100 } });
    const settled = async () => {
      await seconds(0.5);
      return pipe.bytes;
    };
    return {
      output: createMidiOutput(config, testContext(folder)),
      triggers: async () => {
        await until("the last note", () => pipe.bytes.filter((byte) => byte === 0x90).length >= 8);
        return (await settled()).filter((byte) => byte === 0x90).length;
      },
      handedBack: async () => (await settled()).at(-1) === 0xfc,
    };
  },
});

outputCases({
  name: "RTP-MIDI",
  open: async () => {
    const port = rtp({ listen: await freePort() });
    return { output: createMidiOutput(MidiConfig.parse({ type: "midi", port }), testContext(folder)) };
  },
});

describe("MIDI output into a raw device", () => {
  it("starts on a downbeat, sends 24 clock bytes a beat, stops with the music", async () => {
    const pipe = startPipe();
    const output = await startWhenRead(pipe.path);
    conduct(output, 150);
    await until("two bars were played", () => pipe.bytes.filter((byte) => byte === 0xf8).length > 8 * 24);
    output.mode("idle");
    await until("it stopped", () => pipe.bytes.at(-1) === 0xfc);

    expect(pipe.bytes.slice(0, 5)).toEqual([0xf2, 0, 0, 0xfa, 0xf8]);
    expect(new Set(pipe.bytes.slice(5, -1))).toEqual(new Set([0xf8]));
    expect(output.health()).toMatchObject({ receiving: "receiving", errors: 0, peer: pipe.path });
  });

  it("names what is missing: device, reader, sequencer", async () => {
    const missing = createMidiOutput(
      MidiConfig.parse({ type: "midi", port: { kind: "raw", path: "/dev/snd/midiC99D0" } }),
      testContext(folder),
    );
    await expect(missing.start()).rejects.toThrow(UnavailableError);
    await expect(missing.start()).rejects.toThrow(/midiC99D0 .*ENOENT.*amidi -l/);

    const path = join(folder, "unread");
    execFileSync("mkfifo", [path]);
    const unread = createMidiOutput(
      MidiConfig.parse({ type: "midi", port: { kind: "raw", path } }),
      testContext(folder),
    );
    await expect(unread.start()).rejects.toThrow(/nobody reads the pipe/);
  });

  it.skipIf(hasSequencer())("says that there is no ALSA sequencer", async () => {
    const config = MidiConfig.parse({ type: "midi", port: { kind: "alsa" } });

    await expect(createMidiOutput(config, testContext(folder)).start()).rejects.toThrow(/snd-seq/);
  });

  it("goes on when its reader comes back", async () => {
    const pipe = startPipe();
    const output = await startWhenRead(pipe.path);
    conduct(output);
    await until("it plays", () => pipe.bytes.length > 50);
    await undo.splice(0, 1)[0]?.(); // the reader
    await until("it is noticed", () => output.health().errors > 0);

    const again: number[] = [];
    const reader = spawn("cat", [pipe.path], { stdio: ["ignore", "pipe", "inherit"] });
    reader.stdout.on("data", (chunk: Buffer) => again.push(...chunk));
    undo.push(() => reader.kill());

    await until("it plays again", () => again.length > 50);
    expect(output.health().errors).toBeGreaterThan(0);
  });
});

describe.skipIf(!python)("MIDI output into pymidi", () => {
  it("invites the session, exchanges clocks, and stamps each tick with its own time", async () => {
    const { port, events } = await startPymidi();
    const output = await startOutput({ port: rtp({ listen: false, invite: [`127.0.0.1:${port}`], name: "Stage" }) });
    await until("it is in", () => output.health().receiving === "receiving");
    await until("clocks were exchanged", () => events.some(({ event }) => event === "clock"));
    conduct(output, 125);
    const played = () => events.filter(({ event }) => event === "midi");
    await until("a bar was played", () => played().length > 100);

    expect(events.find(({ event }) => event === "connected")?.name).toBe("Stage");
    expect(
      played()
        .slice(0, 3)
        .map(({ bytes }) => bytes?.[0]),
    ).toEqual([0xf2, 0xfa, 0xf8]);
    // 125 BPM: a tick is 20 ms, 200 units of 100 µs, whatever the timers of this machine do.
    const stamps = played()
      .filter(({ bytes }) => bytes?.[0] === 0xf8)
      .map(({ timestamp = 0 }) => timestamp);
    for (const [index, stamp] of stamps.slice(1).entries())
      expect(Math.abs(stamp - (stamps[index] ?? 0) - 200)).toBeLessThan(3);
    const numbers = played().map(({ sequence = 0 }) => sequence);
    for (const [index, number] of numbers.slice(1).entries()) expect(number).toBe(((numbers[index] ?? 0) + 1) & 0xffff);
  });

  it("says good-bye", async () => {
    const { port, events } = await startPymidi();
    const output = createMidiOutput(
      MidiConfig.parse({ type: "midi", port: rtp({ listen: false, invite: [`127.0.0.1:${port}`] }) }),
      testContext(folder),
    );
    await output.start();
    await until("it is in", () => output.health().receiving === "receiving");
    await output.stop();

    await until("it is out", () => events.some(({ event }) => event === "disconnected"));
  });

  it("comes to a session that starts later", async () => {
    const later = await freePort();
    const output = await startOutput({ port: rtp({ listen: false, invite: [`127.0.0.1:${later}`] }) });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(output.health().receiving).toBe("not-receiving");

    await startPymidi(later);

    await until("it is in", () => output.health().receiving === "receiving");
  });
});

describe("MIDI output as a session that others invite", () => {
  it("accepts an invitation, answers clock exchanges, plays, and lets go on good-bye", async () => {
    const listen = await freePort();
    const output = await startOutput({ port: rtp({ listen, name: "Room" }) });
    const guest = await startGuest(listen);

    await guest.invite("control");
    expect(guest.sessions[0]).toMatchObject({ command: "OK", token: guest.token, name: "Room" });
    await guest.invite("data");
    guest.clock(12_345n);
    await until("the clock is answered", () => guest.sessions.some(({ command }) => command === "CK"));
    const answer = guest.sessions.find(({ command }) => command === "CK") as Extract<
      AppleMidiPacket,
      { command: "CK" }
    >;
    expect(answer).toMatchObject({ count: 1 });
    expect(answer.times[0]).toBe(12_345n);

    conduct(output);
    await until("it plays", () => guest.played.length > 30);
    // Stamps and clock exchange are of one clock: the first tick is within seconds of the answer.
    const stamp = guest.played.find(({ list }) => list[0] === 0xf8)?.timestamp ?? 0;
    expect(Math.abs(stamp - Number(answer.times[1] % 2n ** 32n))).toBeLessThan(100_000);
    expect(output.health()).toMatchObject({ receiving: "receiving", peer: "Desk (127.0.0.1)" });

    guest.bye();
    await until("it is alone", () => output.health().receiving === "not-receiving");
  });

  it("refuses when it does not listen, and the port it needs is named when it is taken", async () => {
    const listen = await freePort();
    await startOutput({ port: rtp({ listen }) });
    const second = createMidiOutput(MidiConfig.parse({ type: "midi", port: rtp({ listen }) }), testContext(folder));

    await expect(second.start()).rejects.toThrow(new RegExp(`${listen}.*another RTP-MIDI session`));
  });

  it("lives through bytes that are no packets", async () => {
    const listen = await freePort();
    const output = await startOutput({ port: rtp({ listen }) });
    const guest = await startGuest(listen);
    for (let index = 0; index < 300; index += 1) guest.noise(index);
    await guest.invite("control");
    await guest.invite("data");

    await until("it is in", () => output.health().receiving === "receiving");
  });
});

function hasSequencer(): boolean {
  try {
    execFileSync("test", ["-e", "/dev/snd/seq"]);
    return true;
  } catch {
    return false;
  }
}

/** The output cannot open a pipe before its reader has. */
async function startWhenRead(path: string): Promise<Output> {
  for (let left = 50; ; left -= 1) {
    try {
      return await startOutput({ port: { kind: "raw", path } });
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

interface PymidiEvent {
  event: string;
  name?: string;
  bytes?: number[];
  timestamp?: number;
  sequence?: number;
}

async function startPymidi(port?: number): Promise<{ port: number; events: PymidiEvent[] }> {
  const at = port ?? (await freePort());
  const events: PymidiEvent[] = [];
  const script = fileURLToPath(new URL("rtp-midi-server.py", import.meta.url));
  const server = spawn(python ?? "", ["-u", script, String(at)], { stdio: ["ignore", "pipe", "inherit"] });
  createInterface({ input: server.stdout }).on("line", (line) => events.push(JSON.parse(line) as PymidiEvent));
  undo.push(() => server.kill());
  await until("pymidi listens", () => events.length > 0);
  return { port: at, events };
}

/** The other side of a session, as a Mac plays it. */
async function startGuest(listen: number) {
  const control = createSocket("udp4");
  const data = createSocket("udp4");
  for (const socket of [control, data]) {
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    undo.push(() => socket.close());
  }
  const sessions: AppleMidiPacket[] = [];
  const played: { timestamp: number; list: Uint8Array }[] = [];
  const [token, ssrc] = [0x01020304, 0x11223344];
  control.on("message", (bytes) => {
    const packet = decodeAppleMidi(bytes);
    if (packet) sessions.push(packet);
  });
  data.on("message", (bytes) => {
    const session = decodeAppleMidi(bytes);
    if (session) sessions.push(session);
    const midi = decodeRtpMidi(bytes);
    if (midi) played.push(midi);
  });
  const send = (socket: Socket, packet: AppleMidiPacket) =>
    socket.send(encodeAppleMidi(packet), socket === control ? listen : listen + 1, "127.0.0.1");
  return {
    sessions,
    played,
    token,
    async invite(where: "control" | "data") {
      const before = sessions.length;
      send(where === "control" ? control : data, { command: "IN", token, ssrc, name: "Desk" });
      await until(`${where} is answered`, () => sessions.length > before);
    },
    clock: (time: bigint) => send(data, { command: "CK", ssrc, count: 0, times: [time, 0n, 0n] }),
    bye: () => send(control, { command: "BY", token, ssrc }),
    noise(seed: number) {
      const bytes = Buffer.from(
        Array.from({ length: seed % 50 }, (_, index) => (seed * 31 + index * index * 7) & 0xff),
      );
      if (seed % 2 === 0 && bytes.length > 2) bytes.fill(0xff, 0, 2);
      control.send(bytes, listen, "127.0.0.1");
      data.send(bytes, listen + 1, "127.0.0.1");
    },
  };
}
