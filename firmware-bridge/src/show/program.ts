/** The looks of a rig in their order: which one is played at a moment, and its drawing. */
import { wrap } from "@tactus/shared";
import { createEffect, type EffectPlace } from "./effects/create-effect.js";
import type { Effect } from "./effects/effect.js";
import { type Light, paletteOf } from "./light.js";
import type { Moment } from "./moment.js";
import { BUILT_IN_LOOKS, BUILT_IN_PALETTES, Look, type RigConfig } from "./rig-config.js";
import type { Situation } from "./situation.js";

interface PlayedLook {
  name: string;
  palette: Float32Array;
  effects: Effect[];
}

export class Program {
  readonly #every: number;
  readonly #looks: PlayedLook[];
  readonly #buildUp: PlayedLook | undefined;
  readonly #breakdown: PlayedLook | undefined;

  constructor(rig: RigConfig, place: EffectPlace) {
    const { every, looks, buildUp, breakdown } = rig.program;
    const named = (name: string) => playedLook(rig, place, name);
    this.#every = every;
    this.#looks = looks.map(named);
    this.#buildUp = buildUp.look === "none" ? undefined : named(buildUp.look);
    this.#breakdown = breakdown.look === "none" ? undefined : named(breakdown.look);
  }

  /** Draws the moment and says which look it was. Allocates nothing. */
  draw(moment: Moment, light: Light, situation: Situation): string {
    const look = this.#lookAt(moment, situation);
    if (!look) return "";
    moment.progress = situation.progress;
    moment.palette = look.palette;
    light.level.fill(0);
    light.strobeHz.fill(0);
    light.red.fill(look.palette[0] ?? 1);
    light.green.fill(look.palette[1] ?? 1);
    light.blue.fill(look.palette[2] ?? 1);
    light.pan.set(light.homePan);
    light.tilt.set(light.homeTilt);
    for (const effect of look.effects) effect.draw(moment, light);
    return look.name;
  }

  #lookAt({ bar }: Moment, { kind, drops }: Situation): PlayedLook | undefined {
    if (kind === "build-up" && this.#buildUp) return this.#buildUp;
    if (kind === "breakdown" && this.#breakdown) return this.#breakdown;
    return this.#looks[wrap(Math.floor(bar / this.#every) + drops, this.#looks.length)];
  }
}

function playedLook(rig: RigConfig, place: EffectPlace, name: string): PlayedLook {
  const { palette, effects } = rig.looks[name] ?? Look.parse(BUILT_IN_LOOKS[name]);
  return {
    name,
    palette: paletteOf(rig.palettes[palette] ?? BUILT_IN_PALETTES[palette] ?? ["#ffffff"]),
    effects: effects.map((settings) => createEffect(settings, place)),
  };
}
