import { InputError, UsageError } from "@tactus/shared";
import { describe, expect, it } from "vitest";
import { parseDeviceList } from "./arecord-source.js";
import { openSource } from "./open-source.js";

const around = {};

describe("openSource()", () => {
  it.each([
    [{ source: "-" }, "standard input: WAV"],
    [{ source: "-", raw: { rate: 16000, channels: 1, format: "s24le" } }, "standard input: s24le, 16000 Hz, 1 channels"],
    [{ source: "songs/a track.ogg" }, "file: a track.ogg"],
    [{ source: "./untitled", loop: true }, "file: untitled (repeated)"],
    [{ source: "default", backend: "arecord" }, "arecord: default"],
    [{ source: "hw:CARD=USB,DEV=0", backend: "arecord" }, "arecord: hw:CARD=USB,DEV=0"],
    [{ source: "USB Audio", backend: "naudiodon" }, "naudiodon: USB Audio"],
  ])("takes %j for what it is", async (settings, description) => {
    expect((await openSource(settings, around)).description).toBe(description);
  });

  it("names a backend it does not know, and those it does", async () => {
    const opening = openSource({ source: "default", backend: "asio" });

    await expect(opening).rejects.toThrow(UsageError);
    await expect(opening).rejects.toThrow('Backend "asio" is unknown: use one of auto, naudiodon, arecord');
  });

  it("says that a file is missing when it is started", async () => {
    const source = await openSource({ source: "nowhere/song.mp3" });

    await expect(source.start(() => {}, () => {})).rejects.toThrow(InputError);
  });
});

describe("parseDeviceList()", () => {
  it("reads what arecord -L prints", () => {
    const text = "null\n    Discard all samples\ndefault\n    Venue\nhw:CARD=USB,DEV=0\n    USB Audio, USB Audio\n    Direct hardware device\n";

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
