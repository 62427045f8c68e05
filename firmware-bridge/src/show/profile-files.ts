/** The fixture files that a rig names into profiles: our own JSON, or definitions of the Open Fixture Library. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { InputError, parseAs } from "@tactus/shared";
import { BUILT_IN_PROFILES } from "./built-in-profiles.js";
import { FixtureProfile } from "./fixture-profile.js";
import { importFixture, isOpenFixtureLibrary } from "./open-fixture-library.js";
import type { RigConfig } from "./rig-config.js";

/** Longest fixture file, bytes: the biggest of the Open Fixture Library has a tenth of it. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Reads every file of the rig, relative to `folder` (that of the configuration), and returns what `createShow` asks by name.
 * Throws InputError naming the file, the field and the remedy.
 */
export async function loadProfiles(
  { fixtures }: Pick<RigConfig, "fixtures">,
  { folder }: { folder: string },
): Promise<(name: string) => FixtureProfile> {
  const names = new Set(fixtures.map(({ profile }) => profile).filter((name) => !BUILT_IN_PROFILES.has(name)));
  const loaded = await Promise.all([...names].map(async (name) => [name, await readProfile(name, folder)] as const));
  const profiles = new Map([...BUILT_IN_PROFILES, ...loaded]);
  return (name) => {
    const profile = profiles.get(name);
    if (profile) return profile;
    throw unknownProfile(name);
  };
}

/** JSON text of either kind -> profile. Throws InputError. */
export function parseProfile(text: string, what: string): FixtureProfile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${what} is not JSON: ${(cause as Error).message}`, { cause });
  }
  return isOpenFixtureLibrary(json) ? importFixture(json) : parseAs(FixtureProfile, json, what);
}

async function readProfile(name: string, folder: string): Promise<FixtureProfile> {
  const path = resolve(folder, name);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT" && !/[./]/.test(name)) throw unknownProfile(name);
    throw new InputError(`Fixture profile ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  if (text.length > MOST_BYTES)
    throw new InputError(`Fixture profile ${path}: ${text.length} bytes, at most ${MOST_BYTES}`);
  return parseProfile(text, `Fixture profile ${path}`);
}

function unknownProfile(name: string): InputError {
  const known = [...BUILT_IN_PROFILES.keys()].join(", ");
  return new InputError(`No fixture profile is called "${name}": use ${known}, or the path of a JSON file`);
}
