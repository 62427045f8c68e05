import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError, UsageError } from "@tactus/shared";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { BackendMissingError } from "./capture-run.js";
import { chooseBackend, openSource } from "./open-source.js";

const folder = mkdtempSync(join(tmpdir(), "tactus-open-"));
const { NODE_OPTIONS: optionsBefore = "", PATH: pathBefore } = process.env;
afterEach(() => Object.assign(process.env, { NODE_OPTIONS: optionsBefore, PATH: pathBefore }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As on a box where naudiodon was not built: whoever imports it fails. */
function withoutNaudiodon(): void {
  const hooks =
    "export const resolve = (name, context, next) => { if (name === 'naudiodon') throw new Error('not built'); return next(name, context); };";
  const register = `import { register } from "node:module";\nregister("data:text/javascript," + encodeURIComponent(${JSON.stringify(hooks)}));\n`;
  writeFileSync(join(folder, "hide.mjs"), register);
  process.env.NODE_OPTIONS = `--import=${join(folder, "hide.mjs")}`;
}

function onlyArecordInPath(): void {
  writeFileSync(join(folder, "arecord"), "#!/bin/sh\n");
  chmodSync(join(folder, "arecord"), 0o755);
  process.env.PATH = folder;
}

describe("openSource()", () => {
  it.each([
    [{ source: "-" }, "standard input: WAV"],
    [
      { source: "-", raw: { rate: 16000, channels: 1, format: "s24le" } },
      "standard input: s24le, 16000 Hz, 1 channels",
    ],
    [{ source: "songs/a track.ogg" }, "file: a track.ogg"],
    [{ source: "./untitled", loop: true }, "file: untitled (repeated)"],
    [{ source: "default", backend: "arecord" }, "arecord: default"],
    [{ source: "hw:CARD=USB,DEV=0", backend: "arecord" }, "arecord: hw:CARD=USB,DEV=0"],
    [{ source: "USB Audio", backend: "naudiodon" }, "naudiodon: USB Audio"],
  ])("takes %j for what it is", async (settings, description) => {
    expect((await openSource(settings)).description).toBe(description);
  });

  it("names a backend it does not know, and those it does", async () => {
    const opening = openSource({ source: "default", backend: "asio" });

    await expect(opening).rejects.toThrow(UsageError);
    await expect(opening).rejects.toThrow('Backend "asio" is unknown: use one of auto, naudiodon, arecord');
  });

  it("names a sample format it does not know", async () => {
    const opening = openSource({ source: "-", raw: { rate: 44100, channels: 2, format: "s16be" } });

    await expect(opening).rejects.toThrow('Sample format "s16be" is unknown');
  });

  it("says that a file is missing when it is started", async () => {
    const source = await openSource({ source: "nowhere/song.mp3" });

    await expect(
      source.start(
        () => {},
        () => {},
      ),
    ).rejects.toThrow(InputError);
  });
});

describe("chooseBackend()", () => {
  it("takes arecord where naudiodon does not load", async () => {
    withoutNaudiodon();
    onlyArecordInPath();

    expect(await chooseBackend()).toBe("arecord");
    expect((await openSource({ source: "default" })).description).toBe("arecord: default");
  });

  it("names both remedies where nothing can capture", async () => {
    withoutNaudiodon();
    process.env.PATH = join(folder, "nothing-here");

    const choosing = chooseBackend();

    await expect(choosing).rejects.toThrow(BackendMissingError);
    await expect(choosing).rejects.toThrow(/not built.*npm install.*sudo apt install alsa-utils/);
  });

  it("rejects with the remedy when naudiodon was asked for and does not load", async () => {
    withoutNaudiodon();
    const source = await openSource({ source: "default", backend: "naudiodon" });

    await expect(
      source.start(
        () => {},
        () => {},
      ),
    ).rejects.toThrow(BackendMissingError);
  });
});
