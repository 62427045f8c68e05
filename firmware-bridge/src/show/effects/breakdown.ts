/** Slow swells while the bass is away. */
import type { EffectSettings } from "../effect-config.js";
import type { Light } from "../light.js";
import type { Moment } from "../moment.js";
import type { Selection } from "../selection.js";
import type { Effect } from "./effect.js";
import { mixLevels } from "./mix.js";

export class Breakdown implements Effect {
  constructor(
    readonly settings: EffectSettings<"breakdown">,
    readonly selection: Selection,
  ) {}

  draw(moment: Moment, light: Light): void {
    const { every, low, high, spread, mix } = this.settings;
    const turn = moment.position / every;
    const apart = spread / Math.max(1, this.selection.size);
    for (const part of this.selection.parts) {
      const { order, values } = part;
      for (let index = 0; index < order.length; index++) {
        const swell = 0.5 - 0.5 * Math.cos(2 * Math.PI * (turn - (order[index] as number) * apart));
        values[index] = low + (high - low) * swell;
      }
      mixLevels(part, light, mix);
    }
  }
}
