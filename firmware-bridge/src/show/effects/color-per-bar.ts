/** The next colour of the palette with every bar, or every so many bars or beats. */
import { wrap } from "@tactus/shared";
import type { EffectSettings } from "../effect-config.js";
import type { Light } from "../light.js";
import { calmEvery, type Moment, sinceStep, stepAt } from "../moment.js";
import type { Selection } from "../selection.js";
import type { Effect } from "./effect.js";

export class ColorPerBar implements Effect {
  constructor(
    readonly settings: EffectSettings<"color-per-bar">,
    readonly selection: Selection,
  ) {}

  draw({ bpm, position, beatsPerBar, palette }: Moment, light: Light): void {
    const { every, unit, fade, spread } = this.settings;
    const beats = every * (unit === "bar" ? beatsPerBar : 1);
    const colors = palette.length / 3;
    for (const part of this.selection.parts) {
      const step = part.limited ? calmEvery(beats, bpm) : beats;
      const since = sinceStep(position, step);
      const share = fade > since ? since / fade : 1;
      const first = wrap(stepAt(position, step), colors);
      const { cells, order } = part;
      for (let index = 0; index < cells.length; index++) {
        const color = (first + (order[index] as number) * spread) % colors;
        paint(light, cells[index] as number, palette, color, share);
      }
    }
  }
}

/** @param share of the colour, the rest is the one before it in the palette */
function paint({ red, green, blue }: Light, cell: number, palette: Float32Array, color: number, share: number): void {
  const now = 3 * color;
  const before = now === 0 ? palette.length - 3 : now - 3;
  red[cell] = (palette[before] as number) * (1 - share) + (palette[now] as number) * share;
  green[cell] = (palette[before + 1] as number) * (1 - share) + (palette[now + 1] as number) * share;
  blue[cell] = (palette[before + 2] as number) * (1 - share) + (palette[now + 2] as number) * share;
}
