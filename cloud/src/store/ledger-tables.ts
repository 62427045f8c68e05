/** The ledger on disk: what became of every beat, per device and day. Every call blocks. */
import type { HistoryBatch } from "@tactus/shared";
import type { Database } from "better-sqlite3";
import { type LedgerEntry, ledgerEntries } from "./ledger-entries.js";
import type { LedgerDay } from "./store.js";

interface DayRange {
  fromDay: number;
  toDay: number;
}
type Counts = Omit<LedgerDay, "produced">;
interface Produced {
  day: number;
  session: number;
  produced: number;
}

const SUMS = ["received", "recovered", "lost", "unaccounted"] as const;

/** Batches into what they add to the ledger of one device: collected first, so that each row is written once. */
export class LedgerChange {
  readonly days = new Map<number, Counts>();
  readonly produced = new Map<string, Produced & { more: number }>();

  /** `batch`: stored for the first time. */
  add(session: number, batch: HistoryBatch): void {
    for (const entry of ledgerEntries(batch)) this.#addEntry(session, entry);
  }

  #addEntry(session: number, { produced, ...entry }: LedgerEntry): void {
    const day = this.days.get(entry.day) ?? { day: entry.day, received: 0, recovered: 0, lost: 0, unaccounted: 0 };
    for (const key of SUMS) day[key] += entry[key];
    this.days.set(entry.day, day);
    const key = `${entry.day} ${session}`;
    const known = this.produced.get(key) ?? { day: entry.day, session, produced: 0, more: 0 };
    if (produced === undefined) known.more += entry.received;
    else known.produced = Math.max(known.produced, produced);
    this.produced.set(key, known);
  }
}

export class LedgerTables {
  readonly #sql;

  constructor(db: Database) {
    this.#sql = {
      addDay: db.prepare<object>(
        `INSERT INTO ledger VALUES (@device, @day, @received, @recovered, @lost, @unaccounted)
         ON CONFLICT DO UPDATE SET received = received + @received, recovered = recovered + @recovered,
           lost = lost + @lost, unaccounted = unaccounted + @unaccounted`,
      ),
      addProduced: db.prepare<object>(
        `INSERT INTO ledger_sessions VALUES (@device, @day, @session, @produced + @more)
         ON CONFLICT DO UPDATE SET produced = max(produced, @produced) + @more`,
      ),
      days: db.prepare<object, Counts>(
        `SELECT day, received, recovered, lost, unaccounted FROM ledger
         WHERE device = @device AND day BETWEEN @fromDay AND @toDay`,
      ),
      produced: db.prepare<object, Produced>(
        `SELECT day, session, produced FROM ledger_sessions WHERE device = @device AND day BETWEEN @fromDay AND @toDay`,
      ),
    };
  }

  add(device: number, change: LedgerChange): void {
    for (const day of change.days.values()) this.#sql.addDay.run({ device, ...day });
    for (const produced of change.produced.values()) this.#sql.addProduced.run({ device, ...produced });
  }

  /** With `pending` on top, newest day first. */
  read(device: number, range: DayRange, pending: LedgerChange): LedgerDay[] {
    const days = new Map<number, LedgerDay>();
    const dayOf = (day: number) => {
      const known = days.get(day) ?? { day, produced: 0, received: 0, recovered: 0, lost: 0, unaccounted: 0 };
      days.set(day, known);
      return known;
    };
    const isWanted = ({ day }: { day: number }) => day >= range.fromDay && day <= range.toDay;
    for (const row of [...this.#sql.days.all({ device, ...range }), ...[...pending.days.values()].filter(isWanted)]) {
      const day = dayOf(row.day);
      for (const key of SUMS) day[key] += row[key];
    }
    const produced = new Map(this.#sql.produced.all({ device, ...range }).map((row) => [keyOf(row), row]));
    for (const { more, ...row } of [...pending.produced.values()].filter(isWanted)) {
      const before = produced.get(keyOf(row))?.produced ?? 0;
      produced.set(keyOf(row), { ...row, produced: Math.max(before, row.produced) + more });
    }
    for (const row of produced.values()) dayOf(row.day).produced += row.produced;
    return [...days.values()].sort((one, other) => other.day - one.day);
  }
}

const keyOf = ({ day, session }: Produced): string => `${day} ${session}`;
