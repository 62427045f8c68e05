/** The feature frame that every model of this front end is made for. models/beat_model/frontend.py is the definition. */

export const SAMPLE_RATE_HZ = 22050;
export const HOP_SAMPLES = 441;
export const WINDOW_SAMPLES = 1024;
export const BANDS = 64;
/** Feature frames per second. */
export const FPS = SAMPLE_RATE_HZ / HOP_SAMPLES;
