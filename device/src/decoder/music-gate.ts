/** Is there music? The model's music activation, the level, and hysteresis between them. Pure. */

/** RMS of the mel magnitudes below which there is silence, whatever the model says. */
const SILENCE_LEVEL = 3e-5;
/** Leaky mean of the music activation, frames at 50 per second. */
const TAU_FRAMES = 25;
const START = 0.85;
const STOP = 0.4;
/** Silence stops the beat after this many frames. */
const SILENT_FRAMES = 40;

export class MusicGate {
  private smoothed = 0;
  private silent = 0;
  /** There is music now. */
  music = false;

  /** One frame: level (RMS of linear mel magnitudes) and music activation -> is there music. */
  step(level: number, activation: number): boolean {
    this.silent = level < SILENCE_LEVEL ? this.silent + 1 : 0;
    this.smoothed += (activation - this.smoothed) / TAU_FRAMES;
    if (this.silent >= SILENT_FRAMES) this.smoothed = Math.min(this.smoothed, STOP);
    if (this.music ? this.smoothed <= STOP : this.smoothed >= START) this.music = !this.music;
    return this.music;
  }
}
