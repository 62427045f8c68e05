/** Settings of an effect into the effect on its cells. */
import type { EffectConfig } from "../effect-config.js";
import type { PlacedFixture } from "../patch.js";
import type { Selector } from "../selection.js";
import { Alternate } from "./alternate.js";
import { Breakdown } from "./breakdown.js";
import { BuildUp } from "./build-up.js";
import { Chase } from "./chase.js";
import { ColorPerBar } from "./color-per-bar.js";
import type { Effect } from "./effect.js";
import { EnergyLevel } from "./energy.js";
import { Pulse } from "./pulse.js";
import { Steady } from "./steady.js";
import { Strobe } from "./strobe.js";
import { Sweep } from "./sweep.js";

export interface EffectPlace {
  selector: Selector;
  fixtures: PlacedFixture[];
}

export function createEffect(settings: EffectConfig, { selector, fixtures }: EffectPlace): Effect {
  const selection = selector.select(settings);
  switch (settings.effect) {
    case "pulse":
      return new Pulse(settings, selection);
    case "chase":
      return new Chase(settings, selection);
    case "alternate":
      return new Alternate(settings, selection);
    case "color-per-bar":
      return new ColorPerBar(settings, selection);
    case "build-up":
      return new BuildUp(settings, selection);
    case "breakdown":
      return new Breakdown(settings, selection);
    case "strobe":
      return new Strobe(settings, selection);
    case "sweep":
      return new Sweep(settings, selection, fixtures);
    case "energy":
      return new EnergyLevel(settings, selection);
    case "steady":
      return new Steady(settings, selection);
  }
}
