/** What the scenarios need from a simulated board, whichever simulator runs it. */
import type { Ws2812Decoder } from "./ws2812-decoder.js";

export interface SimulatedBoard {
  /** Microseconds of the board's own crystal since its start. */
  readonly nowUs: number;
  readonly strip: Ws2812Decoder;
  /** Bytes the board has sent, with the time. */
  readonly sent: { byte: number; atUs: number }[];
  /** Bytes that came while the one before was still unread. */
  readonly overruns: number;
  /** A byte whose stop bit ends at that time. Times never fall. */
  feed(byte: number, atUs: number): void;
  runUntil(atUs: number): void;
}
