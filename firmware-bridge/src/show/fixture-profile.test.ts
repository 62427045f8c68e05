import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FixtureProfile } from "./fixture-profile.js";
import { fixtureSchemaText } from "./fixture-schema.js";
import { loadProfiles, parseProfile } from "./profile-files.js";

const mode = (...channels: object[]) => ({ name: "Lamp", modes: [{ name: "m", channels }] });
const problems = (json: unknown) => FixtureProfile.safeParse(json).error?.issues.map(({ message }) => message) ?? [];

describe("fixture profile", () => {
  test("the schema file is that of the code; node tools/fixture-schema.mjs writes it", async () => {
    const file = await readFile(new URL("../../fixture.schema.json", import.meta.url), "utf8");

    expect(JSON.parse(file)).toEqual(JSON.parse(fixtureSchemaText()));
  });

  test("the profile that the guide shows is one", async () => {
    const guide = await readFile(new URL("../../../docs/guides/build-a-rig.md", import.meta.url), "utf8");
    const [, shown = ""] = /```json\n([\s\S]*?)```/.exec(guide) ?? [];

    expect(parseProfile(shown, "The guide").modes[0]!.channels).toHaveLength(8);
  });

  test.each([
    [mode({ role: "red" }, { role: "red" }), 'mode "m": red is there twice: make the second one generic'],
    [mode({ role: "pan", fine: true }), 'mode "m": pan has a fine channel but no coarse one'],
    [mode({ role: "strobe", name: "Shutter" }), 'mode "m": strobe channel Shutter needs a range that "does": "open"'],
    [mode({ role: "red", cell: 2 }), 'mode "m": cells are numbered from 1 without a gap, 1 is missing'],
    [{ name: "Lamp", modes: [{ name: "m" }] }, 'mode "m": needs channels or pixels'],
  ])("refuses %j", (json, message) => {
    expect(problems(json)).toEqual([message]);
  });
});

describe("profile files", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tactus-profiles-"));
    await writeFile(join(folder, "lamp.json"), JSON.stringify(mode({ role: "intensity" })));
    await writeFile(
      join(folder, "library.json"),
      JSON.stringify({
        name: "From the library",
        availableChannels: { Dimmer: { capability: { type: "Intensity" } } },
        modes: [{ name: "1ch", channels: ["Dimmer"] }],
      }),
    );
    await writeFile(join(folder, "broken.json"), "{");
  });
  afterAll(() => rm(folder, { recursive: true }));

  const load = (profile: string) =>
    loadProfiles({ fixtures: [{ profile } as never] }, { folder }).then((named) => named(profile));

  test("our own JSON and definitions of the library are told apart by themselves", async () => {
    expect((await load("lamp.json")).name).toBe("Lamp");
    expect((await load("library.json")).modes[0]!.channels[0]!.role).toBe("intensity");
  });

  test("what cannot be had is refused with the reason", async () => {
    await expect(load("broken.json")).rejects.toThrow(/broken.json is not JSON/);
    await expect(load("gone.json")).rejects.toThrow(/gone.json cannot be read/);
    await expect(load("rgb-pat")).rejects.toThrow(/No fixture profile is called "rgb-pat": use dimmer, rgb-par/);
  });
});
