/** Answered pings into the offset between this page's clock and the cloud's. */

/** NTP's four stamps, microseconds: sent and answered by the page's clock, the two between by the cloud's. */
export interface Ping {
  sentAtUs: number;
  receivedAtUs: number;
  repliedAtUs: number;
  answeredAtUs: number;
}

interface Sample {
  offsetUs: number;
  roundTripUs: number;
}

const KEPT = 16;

export class ClockOffset {
  readonly #samples: Sample[] = [];

  /** From the greeting, before any ping is answered: as good as the way down is short. */
  seed(cloudUs: number, pageUs: number): void {
    if (this.#samples.length === 0) this.#samples.push({ offsetUs: cloudUs - pageUs, roundTripUs: 1e9 });
  }

  add({ sentAtUs, receivedAtUs, repliedAtUs, answeredAtUs }: Ping): void {
    const roundTripUs = answeredAtUs - sentAtUs - (repliedAtUs - receivedAtUs);
    const offsetUs = (receivedAtUs - sentAtUs + (repliedAtUs - answeredAtUs)) / 2;
    this.#samples.push({ offsetUs, roundTripUs });
    if (this.#samples.length > KEPT) this.#samples.shift();
  }

  reset(): void {
    this.#samples.length = 0;
  }

  /** Add to the page's clock to get the cloud's: the median of the half that was quickest. */
  get offsetUs(): number {
    const quickest = [...this.#samples].sort((a, b) => a.roundTripUs - b.roundTripUs);
    const half = quickest.slice(0, Math.max(1, Math.ceil(quickest.length / 2)));
    const offsets = half.map(({ offsetUs }) => offsetUs).sort((a, b) => a - b);
    return offsets[Math.floor(offsets.length / 2)] ?? 0;
  }

  /** Of the quickest ping; undefined before the first answer. */
  get roundTripUs(): number | undefined {
    const least = Math.min(...this.#samples.map(({ roundTripUs }) => roundTripUs));
    return least < 1e9 ? least : undefined;
  }
}
