/** Which channels of which universes make up a strip: spans that are copied side by side. */

/** `length` values from `channel` (0-based) of `universe` lie at `at` in the strip. */
export interface PixelSpan {
  universe: number;
  channel: number;
  at: number;
  length: number;
}

/**
 * A pixel never straddles two universes: the first holds what fits from `channel` (1..512), each further one 170 RGB or 128 RGBW
 * pixels from its channel 1, as pixel software lays them out.
 */
export function pixelSpans(options: {
  universe: number;
  channel: number;
  pixels: number;
  bytesPerPixel: number;
}): PixelSpan[] {
  const { pixels, bytesPerPixel } = options;
  const spans: PixelSpan[] = [];
  let [universe, channel, done] = [options.universe, options.channel - 1, 0];
  while (done < pixels) {
    const fitting = Math.min(pixels - done, Math.floor((512 - channel) / bytesPerPixel));
    if (fitting > 0) spans.push({ universe, channel, at: done * bytesPerPixel, length: fitting * bytesPerPixel });
    done += fitting;
    universe++;
    channel = 0;
  }
  return spans;
}
