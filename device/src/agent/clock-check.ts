/** Four time stamps of each ping into how far this box's clock is from the cloud's. Pure. */
import type { TimePong } from "@tactus/shared";

const KEPT = 8;
/** Further off than this the dates of this box are not to be trusted: microseconds. */
const OFF_BEYOND_US = 1_000_000;

export class ClockCheck {
  #measured: { roundTripUs: number; offsetUs: number }[] = [];

  /** `receivedAtUs`: when the pong came, by our clock. */
  hear(pong: TimePong, receivedAtUs: number): void {
    const roundTripUs = receivedAtUs - pong.pingSentAtUs - (pong.sentAtUs - pong.receivedAtUs);
    const offsetUs = (pong.receivedAtUs - pong.pingSentAtUs + (pong.sentAtUs - receivedAtUs)) / 2;
    if (roundTripUs >= 0) this.#measured = [...this.#measured.slice(1 - KEPT), { roundTripUs, offsetUs }];
  }

  /** Cloud minus box, microseconds: median of the half with the shorter round trips. Undefined before the first pong. */
  offsetUs(): number | undefined {
    const quick = [...this.#measured]
      .sort((a, b) => a.roundTripUs - b.roundTripUs)
      .slice(0, Math.ceil(this.#measured.length / 2));
    const offsets = quick.map(({ offsetUs }) => offsetUs).sort((a, b) => a - b);
    return offsets[Math.floor(offsets.length / 2)];
  }

  /** Half of the shortest round trip, microseconds: the offset is not off by more. Undefined before the first pong. */
  uncertaintyUs(): number | undefined {
    const shortest = Math.min(...this.#measured.map(({ roundTripUs }) => roundTripUs));
    return this.#measured.length > 0 ? Math.ceil(shortest / 2) : undefined;
  }

  isOff(): boolean {
    return Math.abs(this.offsetUs() ?? 0) > OFF_BEYOND_US;
  }
}
