import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { arecordSource, parseDeviceList } from "./arecord-source.js";
import type { SampleBlock, SourceEvent } from "./audio-source.js";
import { BackendMissingError } from "./capture-run.js";

const folder = mkdtempSync(join(tmpdir(), "tactus-arecord-"));
const pathBefore = process.env.PATH;
afterAll(() => {
  process.env.PATH = pathBefore;
  rmSync(folder, { recursive: true, force: true });
});
let stop = async () => {};
afterEach(() => stop());

/** A program called arecord that does this instead. Each `beep` is a tenth of a second at 48 kHz stereo. */
function pretend(script: string): void {
  const beep = "beep() { head -c 19200 /dev/zero; sleep 0.1; }";
  writeFileSync(join(folder, "arecord"), `#!/bin/sh\n${beep}\n${script}\n`);
  chmodSync(join(folder, "arecord"), 0o755);
  process.env.PATH = `${folder}${delimiter}${pathBefore}`;
}

async function start(options: Parameters<typeof arecordSource>[0] = {}) {
  const blocks: SampleBlock[] = [];
  const events: SourceEvent[] = [];
  const source = arecordSource({ backoffMs: [3000], ...options });
  stop = () => source.stop();
  await source.start(
    (block) => void blocks.push({ ...block }),
    (event) => void events.push(event),
  );
  return { source, blocks, events };
}

async function until(condition: () => boolean): Promise<void> {
  for (let tried = 0; tried < 300 && !condition(); tried++) await sleep(20);
  expect(condition()).toBe(true);
}

const FOREVER = "while :; do beep; done";

describe("arecordSource()", () => {
  it("asks for raw samples without an end, by a name that converts", async () => {
    pretend(`echo "$@" > ${join(folder, "arguments")}; ${FOREVER}`);
    const { blocks } = await start({ device: "hw:1,0", sampleRateHz: 44100, audioChannels: 1 });
    await until(() => blocks.length > 0);

    expect(readFileSync(join(folder, "arguments"), "utf8")).toMatch(/^-D plughw:1,0 -t raw -f S16_LE -r 44100 -c 1 /);
    expect(blocks[0]).toMatchObject({ sampleRateHz: 44100, audioChannels: 1, lostSamples: 0 });
  });

  it("takes the rate that the card really runs at", async () => {
    pretend(`echo "Warning: rate is not accurate (requested = 48000Hz, got = 44100Hz)" >&2; sleep 0.2; ${FOREVER}`);
    const { blocks } = await start();
    await until(() => blocks.length > 0);

    expect(blocks[0]?.sampleRateHz).toBe(44100);
  });

  it("goes on after an overrun with the samples counted that it lost", async () => {
    pretend(
      `for i in 1 2 3 4 5; do beep; done; sleep 0.3; echo "overrun!!! (at least 300.000 ms long)" >&2; ${FOREVER}`,
    );
    const { blocks, events } = await start();
    await until(() => blocks.some((block) => block.lostSamples > 0));

    expect(events).toEqual([{ state: "running" }]);
    expect(blocks.find((block) => block.lostSamples > 0)?.lostSamples).toBeGreaterThan(0.2 * 48000);
  });

  it("says why when it ends by itself", async () => {
    pretend(`beep; beep; echo "arecord: pcm_read:2221: read error: No such device" >&2; exit 1`);
    const { events } = await start();
    await until(() => events.length === 2);

    expect(events[1]).toEqual({ state: "lost", reason: "arecord ended: read error: No such device" });
  });

  it("gives up one that hangs and does not want to end, within 2 s", async () => {
    pretend("trap '' TERM; beep; beep; while :; do sleep 1; done");
    const { source, events } = await start();
    await sleep(200);
    const before = performance.now();
    await until(() => events.length === 2);

    expect(events[1]).toEqual({ state: "lost", reason: "no samples for 1.2 s" });
    expect(performance.now() - before).toBeLessThan(2000);
    await source.stop();
  });

  it("rejects with the reason when the device does not open", async () => {
    pretend(`echo "arecord: main:831: audio open error: Device or resource busy" >&2; exit 1`);

    await expect(start()).rejects.toThrow("arecord ended: audio open error: Device or resource busy");
  });

  it("rejects with the remedy when it is not installed", async () => {
    process.env.PATH = join(folder, "nothing-here");
    const opening = start();

    await expect(opening).rejects.toThrow(BackendMissingError);
    await expect(opening).rejects.toThrow("sudo apt install alsa-utils");
  });
});

describe("parseDeviceList()", () => {
  it("reads what arecord -L prints", () => {
    const text =
      "null\n    Discard all samples\ndefault\n    Venue\n" +
      "hw:CARD=USB,DEV=0\n    USB Audio, USB Audio\n    Direct hardware device\n";

    expect(parseDeviceList(text)).toEqual([
      { backend: "arecord", name: "default", description: "Venue", isDefault: true },
      {
        backend: "arecord",
        name: "hw:CARD=USB,DEV=0",
        description: "USB Audio, USB Audio, Direct hardware device",
        isDefault: false,
      },
    ]);
  });
});
