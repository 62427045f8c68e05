/** The JSON of a fixture profile into a checked description of what each DMX channel of a lamp does. */
import { RigChannelRole } from "@tactus/shared";
import { z } from "zod";

/** What a channel does; `generic` is held at its default. */
export type ChannelRole = RigChannelRole;

/** Emitters of one light, in the order in which they are drawn from a colour. */
export const EMITTERS = ["red", "green", "blue", "white", "amber", "uv"] as const;
export type Emitter = (typeof EMITTERS)[number];

/** Order in which a pixel's colours follow one another. */
export const PIXEL_ORDERS = ["rgb", "rbg", "grb", "gbr", "brg", "bgr", "rgbw", "grbw", "w"] as const;
export type PixelOrder = (typeof PIXEL_ORDERS)[number];

const byte = z.int().min(0).max(255);
export const HexColor = z.string().regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour such as "#ff8000"');

export const ChannelRange = z
  .strictObject({
    /** First and last DMX value of the range, 0–255. */
    from: byte,
    to: byte,
    /**
     * `open`, `closed` and `strobe` on a strobe channel; `color` (a slot, `color` says which) and `rotate` on a colour wheel;
     * `other` is never chosen.
     */
    does: z.enum(["open", "closed", "strobe", "color", "rotate", "other"]),
    color: HexColor.optional(),
    /** Flashes a second at `from` and at `to`; left out = not known, taken for fast. */
    hz: z.tuple([z.number().min(0).max(1000), z.number().min(0).max(1000)]).optional(),
    name: z.string().max(64).optional(),
  })
  .refine((range) => range.from <= range.to, { error: '"from" must not be above "to"', path: ["from"] });
export type ChannelRange = z.infer<typeof ChannelRange>;

export const ProfileChannel = z.strictObject({
  role: RigChannelRole,
  /** As the manual calls it; for people. */
  name: z.string().max(64).optional(),
  /** Which light of the fixture it belongs to, from 1; left out = all of them (a master dimmer, a shutter). */
  cell: z.int().min(1).max(512).optional(),
  /** The fine byte of the 16-bit channel with the same role and cell. */
  fine: z.boolean().default(false),
  /** 255 is dark: cyan is an inverted red. */
  invert: z.boolean().default(false),
  /** Value while nothing drives it, 0–255. */
  default: byte.default(0),
  ranges: z.array(ChannelRange).max(64).default([]),
});
export type ProfileChannel = z.infer<typeof ProfileChannel>;

const PixelBlock = z.strictObject({
  /** Pixels; left out = the patch says how many. */
  count: z.int().min(1).max(4096).optional(),
  order: z.enum(PIXEL_ORDERS).default("rgb"),
});

export const ProfileMode = z
  .strictObject({
    name: z.string().min(1).max(64),
    /** In the order of the fixture's channels: the first is the patched address. */
    channels: z.array(ProfileChannel).max(512).default([]),
    /** Pixels that follow the channels above; they may run on into the next universes. */
    pixels: PixelBlock.optional(),
  })
  .superRefine((mode, context) => {
    for (const message of faultsOf(mode))
      context.addIssue({ code: "custom", message: `mode "${mode.name}": ${message}` });
  });
export type ProfileMode = z.infer<typeof ProfileMode>;

export const FixtureProfile = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().min(1).max(128),
  manufacturer: z.string().max(128).default("Generic"),
  modes: z.array(ProfileMode).min(1).max(512),
});
export type FixtureProfile = z.infer<typeof FixtureProfile>;

interface ModeShape {
  channels: ProfileChannel[];
  pixels?: z.infer<typeof PixelBlock> | undefined;
}

function faultsOf({ channels, pixels }: ModeShape): string[] {
  if (channels.length === 0 && !pixels) return ["needs channels or pixels"];
  return [...twiceOrOrphaned(channels), ...withoutOpen(channels), ...cellGaps(channels)];
}

const keyOf = ({ role, cell }: ProfileChannel): string => `${role}${cell === undefined ? "" : ` of cell ${cell}`}`;

function twiceOrOrphaned(channels: ProfileChannel[]): string[] {
  const seen = new Set<string>();
  const faults: string[] = [];
  for (const channel of channels) {
    if (channel.role === "generic") continue;
    const key = `${keyOf(channel)}${channel.fine ? " fine" : ""}`;
    if (seen.has(key)) faults.push(`${key} is there twice: make the second one generic`);
    seen.add(key);
  }
  for (const channel of channels) {
    if (channel.fine && !seen.has(keyOf(channel)))
      faults.push(`${keyOf(channel)} has a fine channel but no coarse one`);
  }
  return faults;
}

function withoutOpen(channels: ProfileChannel[]): string[] {
  const closed = channels.find(({ role, ranges }) => role === "strobe" && !ranges.some(({ does }) => does === "open"));
  return closed ? [`strobe channel ${closed.name ?? ""} needs a range that "does": "open"`] : [];
}

function cellGaps(channels: ProfileChannel[]): string[] {
  const cells = new Set(channels.flatMap(({ cell }) => (cell === undefined ? [] : [cell])));
  for (let cell = 1; cell <= cells.size; cell++) {
    if (!cells.has(cell)) return [`cells are numbered from 1 without a gap, ${cell} is missing`];
  }
  return [];
}

/** The profile's mode of that name, or its first one when no name is given. */
export function modeOf(profile: FixtureProfile, name: string | undefined): ProfileMode | undefined {
  return name === undefined ? profile.modes[0] : profile.modes.find((mode) => mode.name === name);
}
