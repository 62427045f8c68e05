/** Every other fixture, then the others. */
import type { EffectSettings } from "../effect-config.js";
import type { Light } from "../light.js";
import { calmEvery, type Moment, stepAt } from "../moment.js";
import type { Selection } from "../selection.js";
import type { Effect } from "./effect.js";
import { mixLevels } from "./mix.js";

export class Alternate implements Effect {
  constructor(
    readonly settings: EffectSettings<"alternate">,
    readonly selection: Selection,
  ) {}

  draw(moment: Moment, light: Light): void {
    const { every, floor, mix } = this.settings;
    for (const part of this.selection.parts) {
      // A fixture is lit once in two steps.
      const step = stepAt(moment.position, part.limited ? calmEvery(2 * every, moment.bpm) / 2 : every);
      const { order, values } = part;
      for (let index = 0; index < order.length; index++) {
        values[index] = ((order[index] as number) + step) % 2 === 0 ? 1 : floor;
      }
      mixLevels(part, light, mix);
    }
  }
}
