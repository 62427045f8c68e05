/** The bytes of a cell into the colour that is seen: what the flash limiter counts and the virtual rig draws. */
import { AMBER_GREEN } from "./encode.js";
import type { Driven, RichCell } from "./wiring.js";

const shareOf = (channel: Driven | undefined, frame: Uint8Array): number => {
  if (!channel) return 0;
  const value = (frame[channel.at] as number) / 255;
  return channel.invert ? 1 - value : value;
};

/**
 * Writes red, green, blue as linear light to `into[at]` … `into[at + 2]`; 1 = one emitter at full, more where several add up.
 * A byte counts as its share of the full light, as LED lamps without a dimmer curve have it. Allocates nothing.
 */
export function seenColor(lamp: RichCell, frame: Uint8Array, into: Float32Array, at: number): void {
  const { dimmer, shutter, wheel, red, white } = lamp;
  const passed = shutter ? (shutter.passes[frame[shutter.at] as number] as number) : 1;
  const bright = passed * (dimmer ? shareOf(dimmer, frame) : 1);
  if (red || white || lamp.green || lamp.blue || lamp.amber || lamp.uv) {
    const w = shareOf(white, frame);
    const a = shareOf(lamp.amber, frame);
    const uv = shareOf(lamp.uv, frame);
    into[at] = bright * (shareOf(red, frame) + w + a + 0.4 * uv);
    into[at + 1] = bright * (shareOf(lamp.green, frame) + w + AMBER_GREEN * a);
    into[at + 2] = bright * (shareOf(lamp.blue, frame) + w + uv);
  } else {
    into.fill(bright, at, at + 3);
  }
  if (!wheel) return;
  const slot = 3 * (frame[wheel.at] as number);
  for (let part = 0; part < 3; part++)
    into[at + part] = (into[at + part] as number) * (wheel.seen[slot + part] as number);
}
