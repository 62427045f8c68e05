/** Pulses that come faster and fall less deep, in colours that bleach, towards a drop. */
import type { EffectSettings } from "../effect-config.js";
import type { Light } from "../light.js";
import { calmEvery, type Moment, sinceStep } from "../moment.js";
import type { Part, Selection } from "../selection.js";
import type { Effect } from "./effect.js";
import { fillLevels } from "./mix.js";
import { falling } from "./pulse.js";

export class BuildUp implements Effect {
  constructor(
    readonly settings: EffectSettings<"build-up">,
    readonly selection: Selection,
  ) {}

  draw(moment: Moment, light: Light): void {
    const { from, fastest, white, mix } = this.settings;
    const { progress, bpm } = moment;
    const asked = 1 / rateAt(progress, fastest);
    const peak = from + (1 - from) * progress;
    const floor = peak * 0.6 * progress;
    for (const part of this.selection.parts) {
      const every = part.limited ? calmEvery(asked, bpm) : asked;
      const value = floor + (peak - floor) * falling(sinceStep(moment.position, every) / every);
      fillLevels(part, light, value, mix);
      if (white) bleach(part, light, progress * progress);
    }
  }
}

/** 1, 2, 4 … pulses per beat: doubled at the half, at three quarters, at seven eighths of the way. */
function rateAt(progress: number, fastest: number): number {
  let rate = 1;
  for (let left = 1 - progress; left <= 0.5 && rate * 2 <= fastest; left *= 2) rate *= 2;
  return rate;
}

function bleach({ cells }: Part, { red, green, blue }: Light, share: number): void {
  for (let index = 0; index < cells.length; index++) {
    const cell = cells[index] as number;
    red[cell] = (red[cell] as number) * (1 - share) + share;
    green[cell] = (green[cell] as number) * (1 - share) + share;
    blue[cell] = (blue[cell] as number) * (1 - share) + share;
  }
}
