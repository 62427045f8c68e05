/** Ring buffers of layer inputs, from which a dilated network reads 2·dilation and dilation frames ago. Pure. */

export class LayerRings {
  private readonly rings: Float32Array[];
  private frame = 0;

  constructor(
    private readonly dilations: readonly number[],
    private readonly channels: number,
  ) {
    this.rings = dilations.map((dilation) => new Float32Array(2 * dilation * channels));
  }

  /** Fill `delayed` [layers, 2, channels]. Realtime-safe. */
  read(delayed: Float32Array): void {
    const { channels } = this;
    for (let layer = 0; layer < this.rings.length; layer++) {
      const dilation = this.dilations[layer] as number;
      const ring = this.rings[layer] as Float32Array;
      const slots = 2 * dilation;
      const twice = (this.frame % slots) * channels;
      const once = ((this.frame + dilation) % slots) * channels;
      const target = layer * 2 * channels;
      for (let c = 0; c < channels; c++) {
        delayed[target + c] = ring[twice + c] as number;
        delayed[target + channels + c] = ring[once + c] as number;
      }
    }
  }

  /** Keep this frame's layer inputs [layers, channels]. Realtime-safe. */
  write(columns: Float32Array): void {
    const { channels } = this;
    for (let layer = 0; layer < this.rings.length; layer++) {
      const ring = this.rings[layer] as Float32Array;
      const slot = (this.frame % (2 * (this.dilations[layer] as number))) * channels;
      const from = layer * channels;
      for (let c = 0; c < channels; c++) ring[slot + c] = columns[from + c] as number;
    }
    this.frame++;
  }

  reset(): void {
    for (const ring of this.rings) ring.fill(0);
    this.frame = 0;
  }
}
