/** Brightness from loudness. */
import type { EffectSettings } from "../effect-config.js";
import type { Light } from "../light.js";
import type { Moment } from "../moment.js";
import type { Selection } from "../selection.js";
import type { Effect } from "./effect.js";
import { fillLevels } from "./mix.js";

export class EnergyLevel implements Effect {
  constructor(
    readonly settings: EffectSettings<"energy">,
    readonly selection: Selection,
  ) {}

  draw({ energy }: Moment, light: Light): void {
    const { band, gain, floor, mix } = this.settings;
    const loud = band === "all" ? Math.max(energy.low, energy.mid, energy.high) : energy[band];
    const value = floor + (1 - floor) * Math.min(1, Math.max(0, loud) * gain);
    for (const part of this.selection.parts) fillLevels(part, light, value, mix);
  }
}
