/** A level that stays. */
import type { EffectSettings } from "../effect-config.js";
import type { Light } from "../light.js";
import type { Moment } from "../moment.js";
import type { Selection } from "../selection.js";
import type { Effect } from "./effect.js";
import { fillLevels } from "./mix.js";

export class Steady implements Effect {
  constructor(
    readonly settings: EffectSettings<"steady">,
    readonly selection: Selection,
  ) {}

  draw(_moment: Moment, light: Light): void {
    const { level, mix } = this.settings;
    for (const part of this.selection.parts) fillLevels(part, light, level, mix);
  }
}
