/** Full on the beat, then falling. */
import type { EffectSettings } from "../effect-config.js";
import type { Light } from "../light.js";
import { calmEvery, type Moment, sinceStep } from "../moment.js";
import type { Selection } from "../selection.js";
import type { Effect } from "./effect.js";
import { fillLevels } from "./mix.js";

/** 1 at 0, 0 from 1 on: fast first, as a lamp that glows out. */
export const falling = (share: number): number => (share >= 1 ? 0 : (1 - share) ** 2);

export class Pulse implements Effect {
  constructor(
    readonly settings: EffectSettings<"pulse">,
    readonly selection: Selection,
  ) {}

  draw(moment: Moment, light: Light): void {
    const { every, offset, decay, floor, peak, mix } = this.settings;
    for (const part of this.selection.parts) {
      const step = part.limited ? calmEvery(every, moment.bpm) : every;
      const value = floor + (peak - floor) * falling(sinceStep(moment.position - offset, step) / decay);
      fillLevels(part, light, value, mix);
    }
  }
}
