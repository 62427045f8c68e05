/** A fixture definition of the Open Fixture Library (open-fixture-library.org, format 12) into a profile. */
import { InputError, parseAs } from "@tactus/shared";
import { FixtureProfile, type ProfileChannel } from "./fixture-profile.js";
import { capabilityAtRest, importChannel } from "./ofl-channel.js";
import { forPixel, insertedChannels, pixelKeysOf } from "./ofl-matrix.js";
import { type OflChannel, OflFixture, type OflMode } from "./ofl-schema.js";

const SCHEMA = /OpenLightingProject\/open-fixture-library/;
const LIGHTS: readonly string[] = [
  "intensity",
  "red",
  "green",
  "blue",
  "white",
  "amber",
  "uv",
  "strobe",
  "color-wheel",
];

/** Is this JSON a definition of the Open Fixture Library, and not a profile of ours? */
export function isOpenFixtureLibrary(json: unknown): boolean {
  if (typeof json !== "object" || json === null) return false;
  return (
    "availableChannels" in json ||
    "templateChannels" in json ||
    ("$schema" in json && SCHEMA.test(String(json.$schema)))
  );
}

/**
 * Modes, 16-bit channels, matrices, colour wheels and strobe speeds are taken over; the finest byte of 24 bits, gobos, prisms and
 * whatever else has no role here are held at rest. Throws InputError naming the part that cannot be used.
 */
export function importFixture(json: unknown): FixtureProfile {
  const target = (json as { redirectTo?: unknown } | null)?.redirectTo;
  if (target)
    throw new InputError(`Open Fixture Library definition: only points to ${String(target)}: import that one`);
  const fixture = parseAs(OflFixture, json, "Open Fixture Library definition");
  const channels = resolvedChannels(fixture);
  const written = {
    name: fixture.name,
    manufacturer: fixture.manufacturerKey ?? "Open Fixture Library",
    modes: fixture.modes.map((mode) => ({
      name: mode.name.slice(0, 64),
      channels: importMode(mode, fixture, channels),
    })),
  };
  return parseAs(FixtureProfile, written, `Open Fixture Library definition "${fixture.name}"`);
}

interface Resolved {
  key: string;
  channel: OflChannel;
  /** Pixel of a template channel. */
  pixel: string | undefined;
  /** Place among the bytes of the channel: 0 = coarse. */
  byte: number;
}

/** Every name that a mode may use -> the channel behind it. */
function resolvedChannels({ availableChannels, templateChannels, matrix }: OflFixture): Map<string, Resolved> {
  const found = new Map<string, Resolved>();
  const add = (key: string, channel: OflChannel, pixel: string | undefined) => {
    const own = (name: string) => (pixel === undefined ? name : forPixel(name, pixel));
    for (const [byte, name] of [key, ...channel.fineChannelAliases].entries()) {
      // A channel of its own replaces what a template made, and stays with its pixel.
      found.set(own(name), { key: own(key), channel, pixel: pixel ?? found.get(name)?.pixel, byte });
    }
  };
  for (const pixel of pixelKeysOf(matrix)) {
    for (const [key, channel] of Object.entries(templateChannels)) add(key, channel, pixel);
  }
  for (const [key, channel] of Object.entries(availableChannels)) add(key, channel, undefined);
  for (const { channel, pixel } of [...found.values()]) {
    const own = (name: string) => (pixel === undefined ? name : forPixel(name, pixel));
    const switched = capabilityAtRest(channel)?.switchChannels ?? {};
    for (const [alias, key] of Object.entries(switched)) {
      const target = found.get(own(key));
      if (target) found.set(own(alias), target);
    }
  }
  return found;
}

interface Listed {
  key: string | null;
  pixel: string | undefined;
}

type Written = Partial<ProfileChannel> & Pick<ProfileChannel, "role">;

const UNUSED: Written = { role: "generic" };

function importMode(mode: OflMode, fixture: OflFixture, channels: Map<string, Resolved>): Written[] {
  const listed = mode.channels.flatMap((entry): Listed[] => {
    if (entry === null || typeof entry === "string") return [{ key: entry, pixel: undefined }];
    return insertedChannels(entry, fixture.matrix);
  });
  if (listed.length > 512)
    throw new InputError(
      `Open Fixture Library definition "${fixture.name}": mode "${mode.name}" has ${listed.length} channels, at most 512`,
    );
  const names = new Set(listed.map(({ key }) => key));
  const cells = new CellNumbers();
  return listed.map(({ key, pixel }) => {
    if (key === null) return UNUSED;
    const found = channels.get(key);
    if (!found)
      throw new InputError(
        `Open Fixture Library definition "${fixture.name}": mode "${mode.name}" uses "${key}", which no channel is called`,
      );
    const imported = importChannel(found.key, found.channel, fixture.wheels);
    if (found.byte > 0) return fineByte(imported, found, { names, cells });
    const placed = cells.place(imported, { pixel: found.pixel ?? pixel, key: found.key });
    return { ...placed, name: key.slice(0, 64) };
  });
}

/** Only the second byte has a use, and only beside its first. */
function fineByte(
  imported: Written,
  { byte, key }: Resolved,
  { names, cells }: { names: Set<string | null>; cells: CellNumbers },
): Written {
  const coarse = cells.placed(key);
  const hasUse =
    byte === 1 &&
    names.has(key) &&
    coarse &&
    coarse.role !== "generic" &&
    !["strobe", "color-wheel"].includes(imported.role);
  if (!hasUse) return UNUSED;
  return { role: coarse.role, fine: true, ...(coarse.cell === undefined ? {} : { cell: coarse.cell }) };
}

/** Numbers the pixels of a mode as they come, and keeps a role from being there twice. */
class CellNumbers {
  readonly #numbers = new Map<string, number>();
  readonly #taken = new Set<string>();
  readonly #placed = new Map<string, Written>();

  place(imported: Written, { pixel, key }: { pixel: string | undefined; key: string }): Written {
    const placed = this.#withCell(imported, pixel);
    this.#placed.set(key, placed);
    return placed;
  }

  placed(key: string): Written | undefined {
    return this.#placed.get(key);
  }

  #withCell(imported: Written, pixel: string | undefined): Written {
    const cell = pixel !== undefined && LIGHTS.includes(imported.role) ? this.#cellOf(pixel) : undefined;
    const mark = `${imported.role} ${cell ?? 0}`;
    if (imported.role === "generic" || !this.#taken.has(mark)) {
      this.#taken.add(mark);
      return cell === undefined ? imported : { ...imported, cell };
    }
    // A second dimmer stays open, a second pan in the middle, a second white dark.
    const rest = { intensity: 255, pan: 128, tilt: 128 }[imported.role as "pan"] ?? 0;
    const open = imported.ranges?.find(({ does }) => does === "open" || does === "color")?.from;
    return { role: "generic", default: open ?? (imported.invert ? 255 - rest : rest) };
  }

  #cellOf(pixel: string): number {
    const known = this.#numbers.get(pixel) ?? this.#numbers.size + 1;
    this.#numbers.set(pixel, known);
    return known;
  }
}
