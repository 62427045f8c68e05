/** The Link output and its helper beside a native Link peer. */
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UnavailableError } from "@tactus/shared";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { HelperProcess } from "../src/outputs/link/helper-process.js";
import { createLinkOutput, LinkConfig } from "../src/outputs/link/index.js";
import { outputCases } from "../src/outputs/output.cases.js";
import type { Output } from "../src/outputs/output.js";
import { Conductor, monotonic, testContext, until } from "./conductor.js";
import { linkPrograms, NativePeer } from "./link-peer/native-peer.js";
import { inOwnNetwork } from "./own-network.js";
import { needs } from "./receivers.js";

const stateDir = mkdtempSync(join(tmpdir(), "tactus-link-"));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

let programs = { helper: "", peer: "" };
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const act of undo.splice(0).reverse()) await act();
});

async function startOutput(settings: Partial<LinkConfig>): Promise<Output> {
  // Nobody listens on port 9 here, so our own helper is used.
  const config = LinkConfig.parse({ type: "link", port: 9, helper: programs.helper, ...settings });
  const output = createLinkOutput(config, testContext(stateDir));
  await output.start();
  undo.push(() => output.stop());
  return output;
}

function startPeer(bpm: number, quantum = 4): NativePeer {
  const peer = new NativePeer(programs.peer, { bpm, quantum });
  undo.push(() => peer.stop());
  return peer;
}

function conduct(output: Output, tune: ConstructorParameters<typeof Conductor>[1]): Conductor {
  const conductor = new Conductor(output, tune).start();
  undo.push(() => conductor.stop());
  return conductor;
}

/** How far the peer's bar is from the tune's, milliseconds, by the peer's own report. */
function apartMs(
  peer: NativePeer,
  conductor: Conductor,
  { bpm, quantum = 4 }: { bpm: number; quantum?: number },
): number {
  const hrtimeAhead = Number(process.hrtime.bigint()) / 1e9 - monotonic();
  const { monotonic: at, phase } = peer.state!;
  const beats = phase - conductor.barPhaseAt(at - hrtimeAhead);
  return ((beats - quantum * Math.round(beats / quantum)) * 60_000) / bpm;
}

/** Of two sessions that meet, the older one's timeline wins; within half a second of age it is a matter of chance. */
async function olderThanALink(peer: NativePeer): Promise<void> {
  await until("the peer runs", () => peer.state !== undefined);
  await seconds(1);
}

const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1000));

if (needs("g++", "g++") && inOwnNetwork(import.meta.url)) {
  beforeAll(async () => {
    programs = await linkPrograms();
  });

  outputCases({
    name: "Link",
    open: () => {
      const config = LinkConfig.parse({ type: "link", port: 9, helper: programs.helper, startStop: true });
      return { output: createLinkOutput(config, testContext(stateDir)) };
    },
  });

  describe("Link output", () => {
    it("leads: a native peer gets the room's tempo and bar, within 10 ms", async () => {
      const peer = startPeer(97);
      await olderThanALink(peer);
      const output = await startOutput({ join: "force" });
      const conductor = conduct(output, { bpm: 127.9 });

      await until("the peer has the tempo", () => Math.abs((peer.state?.bpm ?? 0) - 127.9) < 0.5);
      await until("the peer is in phase", () => Math.abs(apartMs(peer, conductor, { bpm: 127.9 })) < 10);
      await seconds(2);

      expect(Math.abs(apartMs(peer, conductor, { bpm: 127.9 }))).toBeLessThan(10);
      expect(output.health()).toMatchObject({ receiving: "receiving", errors: 0 });
    });

    it("is a guest with join: gentle: the peer keeps its tempo", async () => {
      const peer = startPeer(97);
      await olderThanALink(peer);
      const output = await startOutput({});
      conduct(output, { bpm: 128 });

      await until("they are in one session", () => peer.state?.peers === 1);
      await seconds(6);

      expect(peer.state?.bpm).toBeCloseTo(97, 2);
      expect(output.health().peer).toContain("guest");
    });

    it("draws a session of the room's own tempo to the beat without a jump", async () => {
      const peer = startPeer(128.4);
      await olderThanALink(peer);
      const output = await startOutput({ maxSteerPercent: 5 });
      const conductor = conduct(output, { bpm: 128, firstBeatInBar: 0 });

      await until("the session is led", () => output.health().peer.includes("leading"));
      const inBeat = () => {
        const beats = (apartMs(peer, conductor, { bpm: 128 }) * 128) / 60_000;
        return Math.abs(beats - Math.round(beats)) < 0.03;
      };
      await until("the peer is in phase", inBeat, 40);

      expect(peer.state?.bpm).toBeGreaterThan(121);
      expect(peer.state?.bpm).toBeLessThan(135);
    });

    it("has no tempo to hand over until there is music", async () => {
      const output = await startOutput({});
      const peer = startPeer(101);
      await seconds(3);
      expect(peer.state).toMatchObject({ peers: 0 });

      output.beat({ ...cueAt(monotonic()), confidence: 0.2 });
      await seconds(1);

      expect(peer.state?.bpm).toBeCloseTo(101, 2);
      expect(output.health().peer).toContain("not in the session");
    });

    it("hands its tempo and bar to a peer that comes later, in three-four too", async () => {
      const output = await startOutput({});
      const conductor = conduct(output, { bpm: 90, beatsPerBar: 3 });
      await until("it leads", () => output.health().peer.includes("leading"));

      const peer = startPeer(160, 3);
      await until("the peer has joined", () => peer.state?.peers === 1 && Math.abs(peer.state.bpm - 90) < 1);
      await until("in phase", () => Math.abs(apartMs(peer, conductor, { bpm: 90, quantum: 3 })) < 10);
    });

    it("shares start and stop: playing with the music, stopped in silence", async () => {
      const peer = startPeer(120);
      const output = await startOutput({ join: "force", startStop: true });
      const conductor = conduct(output, { bpm: 120 });
      await until("they are in one session", () => peer.state?.peers === 1);
      await until("playing", () => peer.state?.playing === true);

      conductor.stop();
      output.mode("idle");

      await until("stopped", () => peer.state?.playing === false);
    });

    it("comes back when its helper is killed", async () => {
      const peer = startPeer(97);
      const output = await startOutput({ join: "force" });
      conduct(output, { bpm: 128 });
      await until("they are in one session", () => peer.state?.peers === 1);

      const { execFileSync } = await import("node:child_process");
      const mine = execFileSync("pgrep", ["-P", String(process.pid), "-x", "tactus-link-hel"], { encoding: "utf8" });
      process.kill(Number(mine.trim()), "SIGKILL");

      await until("it is noticed", () => output.health().errors > 0);
      await until("they are in one session again", () => output.health().peer.includes("1 peer"));
    });

    it("names the remedy when there is neither Carabiner nor helper", async () => {
      const config = LinkConfig.parse({ type: "link", port: 9, helper: "/nowhere/helper" });
      const output = createLinkOutput(config, testContext(stateDir));

      await expect(output.start()).rejects.toThrow(UnavailableError);
      await expect(output.start()).rejects.toThrow(/ableton-link-dev/);
    });

    it("keeps the beat through a Carabiner that has no clock of ours", async () => {
      const carabiner = await startPlainCarabiner();
      const peer = startPeer(97);
      const output = await startOutput({ port: carabiner, helper: false, join: "force" });
      const conductor = conduct(output, { bpm: 124 });

      await until("the peer has the tempo", () => Math.abs((peer.state?.bpm ?? 0) - 124) < 0.5);
      await until("the peer is in phase", () => Math.abs(apartMs(peer, conductor, { bpm: 124 })) < 10);
    });
  });

  describe("Link helper", () => {
    it("answers every line of the Carabiner protocol", async () => {
      const ask = await startHelperAlone();

      expect(await ask("status")).toMatch(/^status \{ :peers 0 :bpm 120\.000000 :start -?\d+ :beat -?\d+\.\d{6} \}$/);
      expect(await ask("version")).toMatch(/^version "\d+\.\d+\.\d+"$/);
      expect(await ask("bpm 126.5")).toMatch(/^status .*:bpm 126\.500/);
      expect(await ask("force-beat-at-time 1.0 1000000 4")).toMatch(/^status /);
      expect(await ask("beat-at-time 1000000 4")).toBe(
        "beat-at-time { :when 1000000 :quantum 4.000000 :beat 1.000000 }",
      );
      expect(await ask("phase-at-time 1000000 4")).toBe(
        "phase-at-time { :when 1000000 :quantum 4.000000 :phase 1.000000 }",
      );
      expect(await ask("request-beat-at-time 2 3000000 4")).toMatch(/^status /);
      expect(await ask("time-at-beat 2 4")).toBe("time-at-beat { :beat 2.000000 :quantum 4.000000 :when 3000000 }");
      expect(await ask("enable-start-stop-sync")).toMatch(/:playing false \}$/);
      expect(await ask("start-playing 1")).toMatch(/:playing true \}$/);
      expect(await ask("stop-playing 2")).toMatch(/:playing false \}$/);
      expect(await ask("disable-start-stop-sync")).toMatch(/:beat -?\d+\.\d{6} \}$/);
    });

    it.each([
      ["bpm", "bad-bpm"],
      ["bpm x", "bad-bpm"],
      ["bpm 19.9", "bad-bpm"],
      ["bpm 999.1", "bad-bpm"],
      ["bpm nan", "bad-bpm"],
      ["beat-at-time x 4", "bad-time"],
      ["beat-at-time 1", "bad-quantum"],
      ["phase-at-time 1 1.9", "bad-quantum"],
      ["phase-at-time 1 16.1", "bad-quantum"],
      ["time-at-beat x 4", "bad-beat"],
      ["force-beat-at-time x 1 4", "bad-beat"],
      ["request-beat-at-time 1 x 4", "bad-time"],
      ["start-playing", "bad-time"],
      ["hello there", "unsupported hello"],
    ])("answers %s with %s", async (line, answer) => {
      const ask = await startHelperAlone();

      expect(await ask(line)).toBe(answer);
    });

    it("closes on quit and on a line without an end", async () => {
      for (const bytes of ["quit\n", "x".repeat(5000)]) {
        const helper = new HelperProcess(programs.helper);
        undo.push(() => helper.stop());
        const socket = connect(await helper.start(), "127.0.0.1");
        socket
          .on("error", () => {})
          .resume()
          .write(bytes);
        await new Promise((resolve) => socket.once("close", resolve));
      }
    });
  });
}

const cueAt = (at: number) => ({
  beatId: "one",
  dueAt: at,
  fireAt: at,
  beatInBar: 1,
  beatsPerBar: 4,
  bar: 1,
  bpm: 128,
  confidence: 0.9,
  energy: { low: 0, mid: 0, high: 0 },
  source: "announced" as const,
});

/** A helper of our own; the function sends one line and resolves with the next one that comes. */
async function startHelperAlone(): Promise<(line: string) => Promise<string>> {
  const helper = new HelperProcess(programs.helper);
  undo.push(() => helper.stop());
  const socket = connect(await helper.start(), "127.0.0.1");
  undo.push(() => socket.destroy());
  const { next, drop } = linesOf(socket);
  await next();
  return async (line) => {
    // A change is also told to everybody, a moment later.
    await seconds(0.05);
    drop();
    socket.write(`${line}\n`);
    return next();
  };
}

function linesOf(socket: Socket): { next(): Promise<string>; drop(): void } {
  let rest = "";
  const lines: string[] = [];
  let waiting: ((line: string) => void) | undefined;
  socket.on("data", (bytes) => {
    rest += bytes.toString("latin1");
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
      lines.push(rest.slice(0, end));
      rest = rest.slice(end + 1);
    }
    const line = waiting && lines.shift();
    if (line !== undefined) {
      waiting?.(line);
      waiting = undefined;
    }
  });
  const next = () =>
    new Promise<string>((resolve) => {
      const line = lines.shift();
      if (line !== undefined) resolve(line);
      else waiting = resolve;
    });
  const drop = () => {
    lines.length = 0;
  };
  return { next, drop };
}

/** The helper behind a door that knows Carabiner's own commands only, in the session from the beginning. */
async function startPlainCarabiner(): Promise<number> {
  const helper = new HelperProcess(programs.helper);
  const inner = await helper.start();
  undo.push(() => helper.stop());
  connect(inner, "127.0.0.1")
    .on("error", () => {})
    .resume()
    .write("tactus-enable\n");
  const server: Server = createServer((client) => {
    const far = connect(inner, "127.0.0.1");
    far.pipe(client);
    client.on("data", (bytes) => {
      for (const line of bytes.toString("latin1").split("\n")) {
        if (line.startsWith("tactus-")) client.write(`unsupported ${line}\n`);
        else if (line !== "") far.write(`${line}\n`);
      }
    });
    for (const socket of [client, far]) socket.on("error", () => socket.destroy()).on("close", () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  undo.push(() => server.close());
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}
