/** The contract of an effect: a pure drawing on the light of a selection at a moment of the music. */
import type { Light } from "../light.js";
import type { Moment } from "../moment.js";

/** Realtime-safe: `draw` allocates nothing and waits for nothing. The same moment gives the same light. */
export interface Effect {
  draw(moment: Moment, light: Light): void;
}
