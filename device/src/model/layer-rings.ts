/** Ring buffers of layer inputs, from which a dilated network reads 2·dilation and dilation frames back. Pure. */

export interface LayerRingsOptions {
  dilations: readonly number[];
  channels: number;
  /** Frames per step. */
  frames: number;
}

export class LayerRings {
  private readonly rings: Float32Array[];
  private frame = 0;

  constructor(private readonly options: LayerRingsOptions) {
    this.rings = options.dilations.map((dilation) => new Float32Array(2 * dilation * options.channels));
  }

  /** Fill `delayed` [layers · frames, 2 · channels]. Realtime-safe. */
  read(delayed: Float32Array): void {
    const { dilations, channels, frames } = this.options;
    let target = 0;
    for (let layer = 0; layer < dilations.length; layer++) {
      const dilation = dilations[layer] as number;
      for (let k = 0; k < frames; k++) {
        this.past(delayed, target, { layer, k, lag: 2 * dilation });
        this.past(delayed, target + channels, { layer, k, lag: dilation });
        target += 2 * channels;
      }
    }
  }

  /** Keep the new frames' layer inputs [layers · frames, channels]. Realtime-safe. */
  write(columns: Float32Array): void {
    const { channels, frames } = this.options;
    for (let layer = 0; layer < this.rings.length; layer++) {
      const ring = this.rings[layer] as Float32Array;
      for (let k = 0; k < frames; k++) {
        const slot = ((this.frame + k) * channels) % ring.length;
        const from = (layer * frames + k) * channels;
        for (let c = 0; c < channels; c++) ring[slot + c] = columns[from + c] as number;
      }
    }
    this.frame += frames;
  }

  reset(): void {
    for (const ring of this.rings) ring.fill(0);
    this.frame = 0;
  }

  /** The input of a layer `lag` frames before new frame k; zeros where that is a new frame itself. */
  private past(out: Float32Array, at: number, from: { layer: number; k: number; lag: number }): void {
    const { channels } = this.options;
    if (from.lag <= from.k) {
      out.fill(0, at, at + channels);
      return;
    }
    const ring = this.rings[from.layer] as Float32Array;
    const slot = ((this.frame + from.k - from.lag) * channels + ring.length) % ring.length;
    for (let c = 0; c < channels; c++) out[at + c] = ring[slot + c] as number;
  }
}
