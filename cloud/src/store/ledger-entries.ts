/** A batch into what it adds to the ledger, day by day. */
import type { HistoryBatch } from "@tactus/shared";

export interface LedgerEntry {
  /** Days since 1 January 1970, UTC. */
  day: number;
  received: number;
  recovered: number;
  lost: number;
  unaccounted: number;
  /** Beats of this session and day: counted up to here by the box, or undefined = those received are all. */
  produced: number | undefined;
}

const DAY_US = 86_400_000_000;

/** Days in `beats` or the one that the box counts them for. */
export function ledgerEntries({ beats, late, ledger }: HistoryBatch): LedgerEntry[] {
  if (ledger) return [{ ...ledger, received: beats.length, recovered: late ? beats.length : 0 }];
  const days = new Map<number, number>();
  for (const { atUs } of beats) {
    const day = Math.floor(atUs / DAY_US);
    days.set(day, (days.get(day) ?? 0) + 1);
  }
  return [...days].map(([day, received]) => {
    return { day, received, recovered: late ? received : 0, lost: 0, unaccounted: 0, produced: undefined };
  });
}
