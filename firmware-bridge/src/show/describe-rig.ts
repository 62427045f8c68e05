/** A rig and its profiles into what a page needs to draw the lamps from their bytes. */
import { createHash } from "node:crypto";
import type { OutputRig, RigChannel, RigFixture, RigKind } from "@tactus/shared";
import { BUILT_IN_PROFILES } from "./built-in-profiles.js";
import { type ChannelRange, type FixtureProfile, modeOf, type ProfileChannel } from "./fixture-profile.js";
import { type PlacedFixture, patchRig } from "./patch.js";
import type { RigConfig } from "./rig-config.js";

/** Bytes of JSON for fixtures: a venue's line carries no more at once, and a page shows no more. */
const MAX_BYTES = 48 * 1024;
const MAX_KINDS = 256;
const MAX_RANGES = 64;
const MAX_SPANS = 256;

/** Fixtures that find no room are counted in `leftOut`. Throws InputError as `createShow` does. */
export function describeRig(config: RigConfig, loadProfile: (name: string) => FixtureProfile): OutputRig {
  const profileOf = (name: string) => BUILT_IN_PROFILES.get(name) ?? loadProfile(name);
  const patched = patchRig(config, profileOf).fixtures;
  const kinds = new Map<string, { kind: RigKind; place: number }>();
  const fixtures: RigFixture[] = [];
  let bytes = 0;
  for (const [index, fixture] of patched.entries()) {
    const name = `${fixture.config.profile} ${fixture.mode}`;
    const known = kinds.get(name);
    const kind = known?.kind ?? kindOf(fixture, profileOf(fixture.config.profile));
    const placed = fixtureOf(fixture, { index, kind: known?.place ?? kinds.size });
    const more = JSON.stringify(placed).length + (known ? 0 : JSON.stringify(kind).length);
    if (bytes + more > MAX_BYTES || kinds.size >= MAX_KINDS || placed.spans.length > MAX_SPANS) continue;
    bytes += more;
    if (!known) kinds.set(name, { kind, place: kinds.size });
    fixtures.push(placed);
  }
  const content = {
    kinds: [...kinds.values()].map(({ kind }) => kind),
    fixtures,
    leftOut: patched.length - fixtures.length,
  };
  const id = createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 16);
  return { v: 1, id, ...content };
}

function kindOf({ profile: name, mode: modeName }: PlacedFixture, profile: FixtureProfile): RigKind {
  const mode = modeOf(profile, modeName);
  const kind = { name: `${name}, ${modeName}`, channels: (mode?.channels ?? []).map(channelOf) };
  return mode?.pixels ? { ...kind, pixels: mode.pixels.order } : kind;
}

function channelOf({ role, cell, fine, invert, ranges }: ProfileChannel): RigChannel {
  const told = role === "strobe" || role === "color-wheel" ? ranges.flatMap(rangeOf).slice(0, MAX_RANGES) : [];
  return {
    role,
    ...(cell !== undefined && { cell }),
    ...(fine && { fine }),
    ...(invert && { invert }),
    ...(told.length > 0 && { ranges: told }),
  };
}

/** What holds light back or colours it. */
function rangeOf({ from, to, does, color }: ChannelRange): NonNullable<RigChannel["ranges"]> {
  if (does === "closed") return [{ from, to }];
  return does === "color" ? [{ from, to, color: color ?? "#ffffff" }] : [];
}

function fixtureOf({ config, spans }: PlacedFixture, { index, kind }: { index: number; kind: number }): RigFixture {
  return {
    name: config.name,
    kind,
    position: config.position ?? { x: index, y: 0, z: 0 },
    spans: spans.map(({ universe, from, to }) => [universe, from, to]),
  };
}
