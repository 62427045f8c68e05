/** Pan and tilt around the home position, on the beat's clock. */
import type { EffectSettings } from "../effect-config.js";
import type { Light } from "../light.js";
import type { Moment } from "../moment.js";
import type { PlacedFixture } from "../patch.js";
import type { Selection } from "../selection.js";
import type { Effect } from "./effect.js";

export class Sweep implements Effect {
  constructor(
    readonly settings: EffectSettings<"sweep">,
    readonly selection: Selection,
    readonly placed: PlacedFixture[],
  ) {}

  draw(moment: Moment, light: Light): void {
    const { every, spread, pan, tilt, shape } = this.settings;
    const { fixtures } = this.selection;
    // Not the grid of bars: a downbeat that is put right must not throw heads about.
    const turn = moment.beatPosition / every;
    for (let place = 0; place < fixtures.length; place++) {
      const index = fixtures[place] as number;
      const config = this.placed[index]?.config;
      if (!config) continue;
      const angle = 2 * Math.PI * (turn - (place * spread) / fixtures.length);
      const across = Math.sin(angle) * (config.mirror ? -pan : pan);
      const up = shape === "line" ? 0 : (shape === "eight" ? Math.sin(2 * angle) : Math.cos(angle)) * tilt;
      light.pan[index] = Math.min(1, Math.max(0, config.home.pan + across));
      light.tilt[index] = Math.min(1, Math.max(0, config.home.tilt + up));
    }
  }
}
