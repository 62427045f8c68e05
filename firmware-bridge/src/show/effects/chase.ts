/** One fixture after another, with those behind it falling. */
import { wrap } from "@tactus/shared";
import type { EffectSettings } from "../effect-config.js";
import type { Light } from "../light.js";
import { calmEvery, type Moment, sinceStep, stepAt } from "../moment.js";
import type { Part, Selection } from "../selection.js";
import type { Effect } from "./effect.js";
import { mixLevels } from "./mix.js";

export class Chase implements Effect {
  constructor(
    readonly settings: EffectSettings<"chase">,
    readonly selection: Selection,
  ) {}

  draw(moment: Moment, light: Light): void {
    const { every, direction, mix, stride } = this.settings;
    const size = this.selection.size;
    for (const part of this.selection.parts) {
      // A fixture lights once a round; the way back of a bounce meets the outer ones twice in short order.
      const round = Math.max(1, (direction === "bounce" ? size - 1 : size) / stride);
      const calm = part.limited ? calmEvery(every * round, moment.bpm) / round : every;
      const since = (stride * sinceStep(moment.position, calm)) / calm;
      this.#walk(part, stride * stepAt(moment.position, calm), since);
      mixLevels(part, light, mix);
    }
  }

  /** @param since places that the tail has fallen since the step, [0, stride) */
  #walk({ order, values }: Part, step: number, since: number): void {
    const { width, tail, direction, floor } = this.settings;
    const { size } = this.selection;
    const head = headAt(step, size, direction);
    const back = direction === "backward" || (direction === "bounce" && returning(step, size));
    for (let index = 0; index < order.length; index++) {
      const place = order[index] as number;
      const ahead = back ? place - head : head - place;
      const behind = direction === "bounce" ? ahead : ahead < 0 ? ahead + size : ahead;
      values[index] = floor + (1 - floor) * levelBehind(behind, since, width, tail);
    }
  }
}

/** 1 in the head, falling over the `tail` that follows it. */
function levelBehind(behind: number, since: number, width: number, tail: number): number {
  if (behind < 0) return 0;
  if (behind < width) return 1;
  return tail > 0 ? Math.max(0, 1 - (behind - width + since) / tail) : 0;
}

function headAt(step: number, size: number, direction: "forward" | "backward" | "bounce"): number {
  if (direction === "bounce") return bounce(step, size);
  return direction === "forward" ? wrap(step, size) : size - 1 - wrap(step, size);
}

/** 0 1 2 3 2 1 0 1 … */
function bounce(step: number, size: number): number {
  if (size < 2) return 0;
  const place = wrap(step, 2 * size - 2);
  return place < size ? place : 2 * size - 2 - place;
}

const returning = (step: number, size: number): boolean => size > 1 && wrap(step, 2 * size - 2) >= size;
