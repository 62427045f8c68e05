/** The lamps that the flash limiter watches: how bright and how red their bytes are, and how to hold them. */
import type { Patch } from "./patch.js";
import { seenColor } from "./seen-color.js";
import type { Driven, RichCell, Shutter, Wiring } from "./wiring.js";

/** Relative luminance of linear sRGB primaries (WCAG 2, "relative luminance"). */
const RED_Y = 0.2126;
const GREEN_Y = 0.7152;
const BLUE_Y = 0.0722;

/** Units `from` … `to` - 1: the cells of a fixture; the last group is every unit. */
export interface UnitGroup {
  from: number;
  to: number;
}

export function limitedUnits({ fixtures }: Patch, { plain, rich, rest }: Wiring): LimitedUnits {
  const limited = (fixture: number) => fixtures[fixture]?.config.flash.limit === "on";
  const rows = [...plain.cell.keys()].filter((index) => limited(plain.fixture[index] ?? -1));
  const lamps = rich.filter(({ fixture }) => limited(fixture));
  const owners = [...rows.map((index) => plain.fixture[index] ?? 0), ...lamps.map(({ fixture }) => fixture)];
  const bytes = rows.flatMap((index) => [plain.red[index] ?? 0, plain.green[index] ?? 0, plain.blue[index] ?? 0]);
  return new LimitedUnits({
    plain: Int32Array.from(bytes),
    rich: lamps,
    owners,
    cells: fixtures.map(({ cells }) => cells),
    rest,
  });
}

export interface LimitedUnitsOptions {
  /** Three bytes of each plain unit. */
  plain: Int32Array;
  /** Units that follow them. */
  rich: RichCell[];
  /** Fixture of each unit. */
  owners: number[];
  /** Cells of each fixture. */
  cells: number[];
  rest: Uint8Array;
}

/** Numbers units first, then groups. Values are those of the bytes that were measured last. Allocates nothing after its start. */
export class LimitedUnits {
  readonly count: number;
  readonly groups: UnitGroup[];
  /** Relative luminance, 1 = white at full; more where emitters add up. */
  readonly luminance: Float32Array;
  /** How far red exceeds green and blue together, not below 0. */
  readonly red: Float32Array;
  /** R / (R + G + B); the dark has no colour and keeps what was before it. */
  readonly redShare: Float32Array;
  readonly sentLuminance: Float32Array;
  readonly sentRed: Float32Array;
  readonly sentRedShare: Float32Array;
  readonly #plain: Int32Array;
  readonly #plainCount: number;
  readonly #rich: RichCell[];
  /** By rich unit: bytes that can move by degrees, and those that cannot (shutter, wheel). */
  readonly #smooth: Int32Array[];
  readonly #abrupt: Int32Array[];
  readonly #shutters: Shutter[];
  readonly #colors: Float32Array;
  /** Share of a unit in everything together: each fixture counts as much as another. */
  readonly #weights: Float32Array;
  readonly #sent: Uint8Array;

  constructor({ plain, rich, owners, cells, rest }: LimitedUnitsOptions) {
    this.count = owners.length;
    this.groups = [...runsOf(owners).filter(({ from, to }) => to - from > 1), { from: 0, to: this.count }];
    const lamps = this.count + this.groups.length;
    const values = () => new Float32Array(lamps);
    [this.luminance, this.red, this.redShare] = [values(), values(), values()];
    [this.sentLuminance, this.sentRed, this.sentRedShare] = [values(), values(), values()];
    this.#plain = plain;
    this.#plainCount = plain.length / 3;
    this.#rich = rich;
    this.#smooth = rich.map((lamp) => Int32Array.from(smoothChannels(lamp), ({ at }) => at));
    this.#abrupt = rich.map(({ shutter, wheel }) =>
      Int32Array.from([shutter, wheel].flatMap((one) => (one ? [one.at] : []))),
    );
    this.#shutters = rich.flatMap(({ shutter }) => (shutter ? [shutter] : []));
    this.#colors = new Float32Array(3 * this.count);
    const fixtures = new Set(owners).size;
    this.#weights = Float32Array.from(owners, (fixture) => 1 / (fixtures * (cells[fixture] ?? 1)));
    this.#sent = new Uint8Array(rest.length);
  }

  /** A lamp's own strobe cannot be counted with the other flashes: it is held open. */
  openShutters(frame: Uint8Array): void {
    for (const { at, strobes, open } of this.#shutters) if (strobes[frame[at] as number] === 1) frame[at] = open;
  }

  /** Are the bytes of the unit those that were sent last? */
  isSent(unit: number, frame: Uint8Array): boolean {
    if (unit >= this.#plainCount) {
      const lamp = unit - this.#plainCount;
      return this.#alike(this.#smooth[lamp], frame) && this.#alike(this.#abrupt[lamp], frame);
    }
    const sent = this.#sent;
    const first = 3 * unit;
    const red = this.#plain[first] as number;
    const green = this.#plain[first + 1] as number;
    const blue = this.#plain[first + 2] as number;
    return frame[red] === sent[red] && frame[green] === sent[green] && frame[blue] === sent[blue];
  }

  #alike(bytes: Int32Array | undefined, frame: Uint8Array): boolean {
    const count = bytes?.length ?? 0;
    for (let index = 0; index < count; index++) {
      const at = bytes?.[index] ?? 0;
      if (frame[at] !== this.#sent[at]) return false;
    }
    return true;
  }

  measure(unit: number, frame: Uint8Array): void {
    const colors = this.#colors;
    const first = 3 * unit;
    if (unit < this.#plainCount) {
      const plain = this.#plain;
      colors[first] = (frame[plain[first] as number] as number) / 255;
      colors[first + 1] = (frame[plain[first + 1] as number] as number) / 255;
      colors[first + 2] = (frame[plain[first + 2] as number] as number) / 255;
    } else seenColor(this.#rich[unit - this.#plainCount] as RichCell, frame, colors, first);
    this.#value(unit, colors[first] as number, colors[first + 1] as number, colors[first + 2] as number);
  }

  /** From the units as they were measured last. */
  measureGroup(group: number): void {
    const { from, to } = this.groups[group] as UnitGroup;
    const colors = this.#colors;
    let red = 0;
    let green = 0;
    let blue = 0;
    let weight = 0;
    for (let unit = from; unit < to; unit++) {
      const share = this.#weights[unit] as number;
      red += share * (colors[3 * unit] as number);
      green += share * (colors[3 * unit + 1] as number);
      blue += share * (colors[3 * unit + 2] as number);
      weight += share;
    }
    if (weight > 0) this.#value(this.count + group, red / weight, green / weight, blue / weight);
  }

  #value(lamp: number, red: number, green: number, blue: number): void {
    this.luminance[lamp] = RED_Y * red + GREEN_Y * green + BLUE_Y * blue;
    this.red[lamp] = Math.max(0, red - green - blue);
    const sum = red + green + blue;
    this.redShare[lamp] = sum > 0 ? red / sum : (this.sentRedShare[lamp] as number);
  }

  /** Puts the unit's bytes back to what was sent. */
  hold(unit: number, frame: Uint8Array): void {
    if (unit < this.#plainCount) {
      this.#restore(this.#plain, 3 * unit, 3 * unit + 3, frame);
      return;
    }
    const smooth = this.#smooth[unit - this.#plainCount];
    const abrupt = this.#abrupt[unit - this.#plainCount];
    if (smooth) this.#restore(smooth, 0, smooth.length, frame);
    if (abrupt) this.#restore(abrupt, 0, abrupt.length, frame);
  }

  #restore(bytes: Int32Array, from: number, to: number, frame: Uint8Array): void {
    for (let index = from; index < to; index++) {
      const at = bytes[index] as number;
      frame[at] = this.#sent[at] as number;
    }
  }

  /** Takes the unit's bytes only a share of the way from what was sent to what they are. */
  approach(unit: number, frame: Uint8Array, share: number): void {
    const isPlain = unit < this.#plainCount;
    const bytes = isPlain ? this.#plain : (this.#smooth[unit - this.#plainCount] as Int32Array);
    const from = isPlain ? 3 * unit : 0;
    const to = isPlain ? from + 3 : bytes.length;
    for (let index = from; index < to; index++) {
      const at = bytes[index] as number;
      const sent = this.#sent[at] as number;
      const move = ((frame[at] as number) - sent) * share;
      frame[at] = sent + (move > 0 ? Math.floor(move) : Math.ceil(move));
    }
  }

  /** The frame goes out as it is. */
  sent(frame: Uint8Array): void {
    this.#sent.set(frame);
    this.sentLuminance.set(this.luminance);
    this.sentRed.set(this.red);
    this.sentRedShare.set(this.redShare);
  }
}

function smoothChannels({ red, green, blue, white, amber, uv, dimmer }: RichCell): Driven[] {
  return [red, green, blue, white, amber, uv, dimmer].flatMap((channel) => (channel ? [channel] : []));
}

/** Stretches of equal numbers. */
function runsOf(owners: number[]): UnitGroup[] {
  const runs: UnitGroup[] = [];
  for (let from = 0, to = 0; from < owners.length; from = to) {
    while (to < owners.length && owners[to] === owners[from]) to++;
    runs.push({ from, to });
  }
  return runs;
}
