/** Samples from an audio callback to the pipeline: bounded, without allocation, and what does not fit is counted. */

/**
 * Holds the newest `capacity` sample frames. A reader that falls behind by more loses the oldest, because for
 * beats only now matters. Realtime-safe: write() and read() copy and never allocate or wait.
 */
export class SampleRing {
  /** Sample frames lost to overruns since the start. */
  dropped = 0;
  private readonly buffer: Float32Array;
  /** Sample frames ever written, and ever read or lost. Their difference is what is held. */
  private written = 0;
  private taken = 0;

  constructor(private readonly shape: { audioChannels: number; capacity: number }) {
    this.buffer = new Float32Array(shape.audioChannels * shape.capacity);
  }

  /** Sample frames that can be read now. */
  get available(): number {
    return this.written - this.taken;
  }

  /** Index of the next sample frame that read() gives, counted from the first ever written. */
  get readIndex(): number {
    return this.taken;
  }

  /** Index behind the newest sample frame. */
  get writeIndex(): number {
    return this.written;
  }

  /** Add interleaved samples; returns how many sample frames were lost to make room. */
  write(samples: Float32Array): number {
    const { audioChannels, capacity } = this.shape;
    const total = samples.length / audioChannels;
    // Of a chunk larger than the ring only the end can stay.
    const kept = Math.min(total, capacity);
    this.copyIn(samples.subarray((total - kept) * audioChannels), this.written + total - kept);
    this.written += total;
    const lost = Math.max(0, this.available - capacity);
    this.taken += lost;
    this.dropped += lost;
    return lost;
  }

  /** Fill `into` with the oldest sample frames, as many as there are and fit; returns their number. */
  read(into: Float32Array): number {
    const { audioChannels, capacity } = this.shape;
    const count = Math.min(this.available, Math.floor(into.length / audioChannels));
    const at = this.taken % capacity;
    const untilEnd = Math.min(count, capacity - at);
    into.set(this.buffer.subarray(at * audioChannels, (at + untilEnd) * audioChannels));
    into.set(this.buffer.subarray(0, (count - untilEnd) * audioChannels), untilEnd * audioChannels);
    this.taken += count;
    return count;
  }

  /** Forget what is held, without counting it as dropped: the stream was cut here. */
  clear(): void {
    this.taken = this.written;
  }

  private copyIn(samples: Float32Array, index: number): void {
    const { audioChannels, capacity } = this.shape;
    const at = (index % capacity) * audioChannels;
    const untilEnd = Math.min(samples.length, this.buffer.length - at);
    this.buffer.set(samples.subarray(0, untilEnd), at);
    this.buffer.set(samples.subarray(untilEnd), 0);
  }
}
