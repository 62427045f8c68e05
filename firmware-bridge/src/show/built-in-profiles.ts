/** The fixtures that need no file: generic lamps by the layout of their channels. */
import { FixtureProfile, type ProfileChannel } from "./fixture-profile.js";

type Channel = Partial<ProfileChannel> & Pick<ProfileChannel, "role">;

const rgb = (cell?: number): Channel[] =>
  (["red", "green", "blue"] as const).map((role) => (cell === undefined ? { role } : { role, cell }));

/** Open at 0–7, faster towards 255: what most generic lamps do. */
const strobe: Channel = {
  role: "strobe",
  ranges: [
    { from: 0, to: 7, does: "open" },
    { from: 8, to: 255, does: "strobe", hz: [1, 20] },
  ],
};

const twoBytes = (role: "pan" | "tilt"): Channel[] => [
  { role, default: 128 },
  { role, fine: true },
];

/** Eight colours of 16 values each, then a rainbow: only an example of what wheels look like. */
const wheel: Channel = {
  role: "color-wheel",
  ranges: [
    ...["#ffffff", "#ff0000", "#ff8000", "#ffff00", "#00ff00", "#00ffff", "#0000ff", "#ff00ff"].map((color, index) => ({
      from: index * 16,
      to: index * 16 + 15,
      does: "color" as const,
      color,
    })),
    { from: 128, to: 255, does: "rotate" },
  ],
};

const cells = (count: number): Channel[] => Array.from({ length: count }, (_, index) => rgb(index + 1)).flat();

const WRITTEN: { id: string; name: string; modes: object[] }[] = [
  {
    id: "dimmer",
    name: "Dimmer",
    modes: [
      { name: "8 bit", channels: [{ role: "intensity" }] },
      { name: "16 bit", channels: [{ role: "intensity" }, { role: "intensity", fine: true }] },
    ],
  },
  {
    id: "rgb-par",
    name: "RGB par",
    modes: [
      { name: "3 channels", channels: rgb() },
      { name: "4 channels, dimmer first", channels: [{ role: "intensity" }, ...rgb()] },
    ],
  },
  {
    id: "rgbw-par",
    name: "RGBW par with dimmer",
    modes: [
      { name: "6 channels", channels: [{ role: "intensity" }, ...rgb(), { role: "white" }, strobe] },
      { name: "4 channels", channels: [...rgb(), { role: "white" }] },
    ],
  },
  {
    id: "moving-head",
    name: "Moving head",
    modes: [
      {
        name: "7 channels",
        channels: [...twoBytes("pan"), ...twoBytes("tilt"), { role: "intensity" }, strobe, wheel],
      },
      {
        name: "9 channels, RGB",
        channels: [...twoBytes("pan"), ...twoBytes("tilt"), { role: "intensity" }, strobe, ...rgb()],
      },
    ],
  },
  {
    id: "led-bar",
    name: "LED bar",
    modes: [
      ...[4, 8, 12, 16].map((count) => ({ name: `${count} cells`, channels: cells(count) })),
      { name: "8 cells, dimmer first", channels: [{ role: "intensity" }, strobe, ...cells(8)] },
    ],
  },
  {
    id: "pixel-strip",
    name: "Pixel strip",
    modes: ["rgb", "grb", "bgr", "rgbw", "grbw", "w"].map((order) => ({ name: order, pixels: { order } })),
  },
];

/** By the name that a rig uses: dimmer, rgb-par, rgbw-par, moving-head, led-bar, pixel-strip. */
export const BUILT_IN_PROFILES: ReadonlyMap<string, FixtureProfile> = new Map(
  WRITTEN.map(({ id, name, modes }) => [id, FixtureProfile.parse({ name, modes })]),
);
