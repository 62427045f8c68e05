/** Sound levels into the 44 bytes of WLED's audio sync, version 2 (mm.kno.wled.ge/soundreactive/sync). */

export const AUDIO_SYNC_BYTES = 44;
export const BANDS = 16;

export interface AudioSync {
  /** Loudness now, 0..255. */
  sampleRaw: number;
  /** Loudness, smoothed, 0..255. */
  sampleSmooth: number;
  /** A beat. A receiver sets its mark only while it is clear and clears it itself: once per beat is enough. */
  peak: boolean;
  /** WLED-MM drops packets that come out of order by it; WLED has the byte reserved. 0..255 */
  frameCounter: number;
  /** 0..254 for each of 16 bands from low to high. */
  bands: ArrayLike<number>;
  /** Strength of the strongest frequency, 0..4096 in practice. */
  magnitude: number;
  /** The strongest frequency, hertz; receivers cut to 1..11025. */
  majorPeakHz: number;
}

/** Any other length or header is ignored by receivers. */
export function encodeAudioSync(sync: AudioSync): Uint8Array {
  const packet = new Uint8Array(AUDIO_SYNC_BYTES);
  const view = new DataView(packet.buffer);
  for (const [i, char] of [..."00002"].entries()) packet[i] = char.charCodeAt(0); // and its zero at 5, two reserved at 6
  view.setFloat32(8, clamp(sync.sampleRaw, 0, 255), true);
  view.setFloat32(12, clamp(sync.sampleSmooth, 0, 255), true);
  packet[16] = sync.peak ? 1 : 0;
  packet[17] = sync.frameCounter;
  for (let band = 0; band < BANDS; band++) packet[18 + band] = Math.round(clamp(sync.bands[band] ?? 0, 0, 254));
  // 34: reserved (zero crossings in WLED-MM)
  view.setFloat32(36, Math.max(0, sync.magnitude), true);
  view.setFloat32(40, clamp(sync.majorPeakHz, 1, 11025), true);
  return packet;
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
