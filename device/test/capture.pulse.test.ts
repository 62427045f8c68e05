/** Live capture from a real PulseAudio server, which is killed and started again, and the sources that need none. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { FileSource } from "../src/capture/file-source.js";
import { listInputs, openSource } from "../src/capture/open-source.js";
import { StdinSource } from "../src/capture/stdin-source.js";
import { audioSourceCases, clickWav, Listener } from "./audio-source.cases.js";
import { PulseServer, pulseMissing } from "./pulse-server.js";

const folder = mkdtempSync(join(tmpdir(), "tactus-clicks-"));
const file = join(folder, "clicks.wav");
writeFileSync(file, clickWav());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

audioSourceCases({ name: "FileSource", open: async () => new FileSource({ file }), play: () => {} });

const wavInput = new PassThrough();
wavInput.end(clickWav());
audioSourceCases({
  name: "StdinSource with WAV at once",
  open: async () => new StdinSource({ input: wavInput }),
  play: () => {},
});

const liveInput = new PassThrough();
audioSourceCases({
  name: "StdinSource with raw samples as they are played",
  jitter: 0.05,
  open: async () => {
    liveInput.write(Buffer.alloc(4096));
    return new StdinSource({
      input: liveInput,
      format: { sampleRateHz: 44100, audioChannels: 2, sampleFormat: "s16le" },
    });
  },
  play: () => void trickle(clickWav().subarray(44), liveInput),
});

const missing = pulseMissing();
if (missing) console.warn(`Live capture is not tested: ${missing}`);

describe.skipIf(missing)("live capture", () => {
  const server = new PulseServer();
  const players: ChildProcess[] = [];
  const before = { ...process.env };
  beforeAll(async () => {
    Object.assign(process.env, server.env);
    await server.start();
  });
  afterAll(async () => {
    for (const player of players) player.kill();
    await server.stop();
    process.env = before;
  });

  for (const backend of ["naudiodon", "arecord"]) {
    audioSourceCases({
      name: `${backend} on PulseAudio`,
      open: () => openSource({ source: "default", backend }),
      play: () => void players.push(server.play(file)),
    });
  }

  it("lists the inputs of both backends", async () => {
    const inputs = await listInputs();

    expect(inputs.filter((input) => input.isDefault).map((input) => input.backend)).toEqual(["naudiodon", "arecord"]);
  });

  describe.each(["naudiodon", "arecord"])("%s, when the server dies", (backend) => {
    let stop = async () => {};
    afterEach(async () => {
      await stop();
      await server.kill();
      await server.start();
    });

    it("says lost within 2 s, comes back by itself and counts what is missing", async () => {
      const listener = new Listener();
      const source = await openSource({ source: "default", backend });
      stop = () => source.stop();
      await source.start(listener.onBlock, listener.onEvent);
      await until(() => listener.blocks.length > 100);

      const killedAt = performance.now() / 1000;
      await server.kill();
      await until(() => listener.states.includes("lost"));
      const lost = listener.events.find(({ event }) => event.state === "lost")!;
      console.info(
        `${backend}: lost ${(lost.at - killedAt).toFixed(2)} s after the kill: ${JSON.stringify(lost.event)}`,
      );
      expect(lost.at - killedAt).toBeLessThan(2);

      const count = listener.blocks.length;
      await server.start();
      const answeredAt = performance.now() / 1000;
      await until(() => listener.states.at(-1) === "running" && listener.blocks.length > count + 20);
      console.info(
        `${backend}: heard again ${(listener.blocks[count]!.at - answeredAt).toFixed(2)} s after the server answered`,
      );

      const [last, first] = [listener.blocks[count - 1]!, listener.blocks[count]!];
      expect(listener.states).toEqual(["running", "lost", "running"]);
      const gap = first.capturedAt - last.capturedAt - last.count / last.sampleRateHz;
      expect(Math.abs(first.lostSamples / first.sampleRateHz - gap)).toBeLessThan(0.001);
    });

    it("says how it could be heard when it is not there at the start", async () => {
      await server.kill();
      const source = await openSource({ source: "default", backend });

      await expect(
        source.start(
          () => {},
          () => {},
        ),
      ).rejects.toThrow(/no sound input was found|ended/);
    });
  });

  it("ends the helper of naudiodon when its parent is gone", async () => {
    const helper = fileURLToPath(new URL("../bin/portaudio-capture.mjs", import.meta.url));
    const child = spawn(process.execPath, [helper, '{"mode":"capture"}'], {
      stdio: ["ignore", "ignore", "ignore", "pipe", "ipc"],
    });
    const ended = once(child, "exit");
    const [answer] = await once(child, "message");

    child.disconnect();

    expect(answer).toMatchObject({ ok: true, sampleRateHz: 44100, audioChannels: 2, device: "default" });
    expect(await ended).toEqual([0, null]);
  });

  it("names the inputs there are when the wanted one is not among them", async () => {
    const source = await openSource({ source: "Mixing Desk", backend: "naudiodon" });

    await expect(
      source.start(
        () => {},
        () => {},
      ),
    ).rejects.toThrow(/no input is called "Mixing Desk"; there are: .*"default"/);
  });
});

async function until(condition: () => boolean): Promise<void> {
  for (let tried = 0; tried < 300 && !condition(); tried++) await sleep(100);
  expect(condition()).toBe(true);
}

/** As a live program writes: a little more often than a block, for as long as it sounds. */
async function trickle(bytes: Buffer, into: PassThrough): Promise<void> {
  const startedAt = performance.now();
  for (let at = 0; at < bytes.length; ) {
    await sleep(9);
    const due = Math.min(bytes.length, Math.floor((performance.now() - startedAt) * 44.1) * 4);
    if (due > at) into.write(bytes.subarray(at, due));
    at = Math.max(at, due);
  }
}
