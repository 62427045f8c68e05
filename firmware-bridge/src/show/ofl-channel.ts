/** One channel of an Open Fixture Library definition into a channel of a profile: its role by what it can do. */
import type { ChannelRange, ChannelRole, ProfileChannel } from "./fixture-profile.js";
import type { Entity, OflCapability, OflChannel, OflFixture, OflSlot } from "./ofl-schema.js";

type Wheels = OflFixture["wheels"];
type Imported = Pick<ProfileChannel, "role" | "invert" | "default" | "ranges">;

/** A capability with its range in values of 8 bits. */
interface Ranged extends OflCapability {
  from: number;
  to: number;
}

const BITS = { "8bit": 1, "16bit": 2, "24bit": 3 } as const;

/** Cyan, magenta and yellow take away red, green and blue. */
const COLORS: Record<string, { role: ChannelRole; invert: boolean }> = {
  Red: { role: "red", invert: false },
  Green: { role: "green", invert: false },
  Blue: { role: "blue", invert: false },
  White: { role: "white", invert: false },
  "Warm White": { role: "white", invert: false },
  "Cold White": { role: "white", invert: false },
  Amber: { role: "amber", invert: false },
  UV: { role: "uv", invert: false },
  Cyan: { role: "red", invert: true },
  Magenta: { role: "green", invert: true },
  Yellow: { role: "blue", invert: true },
};

export function importChannel(key: string, channel: OflChannel, wheels: Wheels): Imported {
  const capabilities = rangesOf(channel);
  const held = generic(channel, capabilities);
  if (channel.constant) return held;
  const types = new Set(capabilities.map(({ type }) => type));
  if (types.has("ShutterStrobe")) return shutter(capabilities) ?? held;
  if (types.has("Pan")) return { ...held, role: "pan", default: held.default || 128 };
  if (types.has("Tilt")) return { ...held, role: "tilt", default: held.default || 128 };
  if (types.has("ColorIntensity")) return color(capabilities) ?? held;
  if (types.has("Intensity")) return dimmer(capabilities) ?? held;
  if ([...types].some((type) => /^(WheelSlot|ColorWheelIndex)$/.test(type))) {
    return wheel(key, capabilities, wheels) ?? held;
  }
  return held;
}

/** The value in 8 bits at which the channel rests. */
export function restOf(channel: OflChannel): number {
  return generic(channel, rangesOf(channel)).default;
}

/** The capability in force at the channel's default: says what switching channels are. */
export function capabilityAtRest(channel: OflChannel): OflCapability | undefined {
  const rest = restOf(channel);
  return rangesOf(channel).find(({ from, to }) => rest >= from && rest <= to);
}

const resolutionOf = ({ dmxValueResolution, fineChannelAliases }: OflChannel): number =>
  dmxValueResolution ? BITS[dmxValueResolution] : Math.min(3, 1 + fineChannelAliases.length);

function rangesOf(channel: OflChannel): Ranged[] {
  const divisor = 256 ** (resolutionOf(channel) - 1);
  const inBytes = (value: number) => Math.min(255, Math.max(0, Math.floor(value / divisor)));
  const all = channel.capabilities ?? (channel.capability ? [channel.capability] : []);
  return all.map((one) => {
    const [from, to] = one.dmxRange ?? [0, 256 * divisor - 1];
    return { ...one, from: inBytes(from), to: Math.max(inBytes(from), inBytes(to)) };
  });
}

/** Held where it does nothing, or as bright as it goes: what a channel that nobody drives should be. */
function generic(channel: OflChannel, capabilities: Ranged[]): Imported {
  const { defaultValue } = channel;
  const quiet = capabilities.find(({ type }) => /^(NoFunction|Nothing|PrismOff|FogOff)$/.test(type));
  const brightest = capabilities.find(({ type }) => type === "Intensity");
  const rest = brightest ? (isFalling(brightest) ? brightest.from : brightest.to) : (quiet?.from ?? 0);
  const value = defaultValue === undefined ? rest : inBytes(defaultValue, resolutionOf(channel));
  return { role: "generic", invert: false, default: brightest ? rest : value, ranges: [] };
}

function inBytes(value: Entity, resolution: number): number {
  const percent = typeof value === "string" ? Number.parseFloat(value) / 100 : value / (256 ** resolution - 1);
  return Number.isFinite(percent) ? Math.min(255, Math.max(0, Math.floor(percent * 255.999))) : 0;
}

/** Drives most of the range up to its end; otherwise its dimmer is only a part of it, and colours must do. */
function dimmer(capabilities: Ranged[]): Imported | undefined {
  const [range, second] = capabilities.filter(({ type }) => type === "Intensity");
  if (!range || second || range.to < 255 || range.from > 16) return undefined;
  return { role: "intensity", invert: isFalling(range), default: 0, ranges: [] };
}

const isFalling = ({ brightnessStart, brightnessEnd }: OflCapability): boolean =>
  brightnessStart !== undefined && brightnessEnd !== undefined && percentOf(brightnessStart) > percentOf(brightnessEnd);

const KEYWORDS: Record<string, number> = { off: 0, dark: 1, bright: 100, stop: 0, slow: 1, fast: 100 };
const percentOf = (value: Entity): number =>
  typeof value === "number" ? value : (KEYWORDS[value] ?? (Number.parseFloat(value) || 0));

function color(capabilities: Ranged[]): Imported | undefined {
  const range = capabilities.find(({ type }) => type === "ColorIntensity");
  const known = COLORS[range?.color ?? ""];
  if (!range || !known || range.to < 255 || range.from > 16) return undefined;
  return { ...known, default: 0, ranges: [] };
}

function shutter(capabilities: Ranged[]): Imported | undefined {
  const ranges = capabilities.map((one): ChannelRange => {
    const hz = speedOf(one);
    return { from: one.from, to: one.to, does: shutterDoes(one), ...(hz ? { hz } : {}), ...nameOf(one) };
  });
  // Where nothing is called open, what has no function is.
  if (!ranges.some(({ does }) => does === "open")) {
    const quiet = capabilities.findIndex(({ type }) => /^(NoFunction|Nothing)$/.test(type));
    const range = ranges[quiet];
    if (!range) return undefined;
    range.does = "open";
  }
  return { role: "strobe", invert: false, default: 0, ranges: ranges.slice(0, 64) };
}

function shutterDoes({ type, shutterEffect }: OflCapability): ChannelRange["does"] {
  if (type !== "ShutterStrobe") return /^(NoFunction|Nothing)$/.test(type) ? "other" : "strobe";
  if (shutterEffect === "Open") return "open";
  return shutterEffect === "Closed" ? "closed" : "strobe";
}

/** Flashes a second, where they are given in Hz or bpm. */
function speedOf({ speed, speedStart = speed, speedEnd = speed }: OflCapability): [number, number] | undefined {
  const [from, to] = [hzOf(speedStart), hzOf(speedEnd)];
  return from !== undefined && to !== undefined ? [from, to] : undefined;
}

function hzOf(value: Entity | undefined): number | undefined {
  const [, number, unit] = /^(-?[\d.]+)(Hz|bpm)$/.exec(String(value)) ?? [];
  if (!number) return undefined;
  return Math.min(1000, Math.abs(Number(number)) / (unit === "bpm" ? 60 : 1));
}

const nameOf = ({ comment }: OflCapability): { name?: string } => (comment ? { name: comment.slice(0, 64) } : {});

function wheel(key: string, capabilities: Ranged[], wheels: Wheels): Imported | undefined {
  const ranges = capabilities.map((one): ChannelRange => {
    const color = slotColor(one, wheelSlots(key, one, wheels));
    const does = color ? "color" : /Rotation|Shake|Effect/.test(one.type) ? "rotate" : "other";
    return { from: one.from, to: one.to, does, ...(color ? { color } : {}), ...nameOf(one) };
  });
  // A wheel of gobos or prisms stays at its open place.
  const isColored = capabilities.some((one) => {
    const slots = wheelSlots(key, one, wheels);
    return one.type === "ColorWheelIndex" || slots.some(({ type }) => type === "Color");
  });
  if (isColored) return { role: "color-wheel", invert: false, default: 0, ranges: ranges.slice(0, 64) };
  const open = ranges.find(({ does }) => does === "color");
  return open && { role: "generic", invert: false, default: open.from, ranges: [] };
}

function wheelSlots(key: string, { wheel: named }: OflCapability, wheels: Wheels): OflSlot[] {
  const name = (Array.isArray(named) ? named[0] : named) ?? key;
  return wheels[name]?.slots ?? [];
}

/** "#rrggbb" of a whole slot; undefined between two slots and where there is no colour. */
function slotColor(one: OflCapability, slots: OflSlot[]): string | undefined {
  if (one.type === "ColorWheelIndex") {
    if (one.index === 0) return "#ffffff";
    return Number.isInteger(one.index) ? hexOf(one.colors) : undefined;
  }
  if (one.type !== "WheelSlot" || !Number.isInteger(one.slotNumber)) return undefined;
  const slot = slots[(one.slotNumber ?? 0) - 1];
  if (slot?.type === "Open") return "#ffffff";
  return slot?.type === "Color" ? hexOf(slot.colors) : undefined;
}

const hexOf = (colors: string[] | undefined): string | undefined =>
  colors?.find((color) => /^#[0-9a-fA-F]{6}$/.test(color));
