/** Hard flashes on divisions of the beat. */
import type { EffectSettings } from "../effect-config.js";
import type { Light } from "../light.js";
import { calmEvery, type Moment, sinceStep } from "../moment.js";
import type { Selection } from "../selection.js";
import type { Effect } from "./effect.js";
import { fillLevels } from "./mix.js";

export class Strobe implements Effect {
  constructor(
    readonly settings: EffectSettings<"strobe">,
    readonly selection: Selection,
  ) {}

  draw(moment: Moment, light: Light): void {
    const { perBeat, duty, peak, mix, hardware } = this.settings;
    for (const part of this.selection.parts) {
      if (hardware) {
        for (const cell of part.cells) light.strobeHz[cell] = (perBeat * moment.bpm) / 60;
        fillLevels(part, light, peak, mix);
        continue;
      }
      const every = part.limited ? calmEvery(1 / perBeat, moment.bpm) : 1 / perBeat;
      const lit = sinceStep(moment.position, every) < duty * every;
      fillLevels(part, light, lit ? peak : 0, mix);
    }
  }
}
