/** Retention per tier, free pages, the write-ahead log and the room on the disk: in steps of some milliseconds. Every call blocks. */
import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { UnavailableError } from "@tactus/shared";
import type { Database } from "better-sqlite3";
import { Retention, type RetentionOptions } from "./retention.js";
import type { StoreState } from "./store.js";

export interface HousekeepingOptions {
  retention?: RetentionOptions;
  /** Batches are refused while the disk has less room than this, so that retention and the fleet's database go on: bytes. Default 0. */
  minFreeBytes?: number;
  /** Batches are refused while the write-ahead log is longer than this, because somebody reads without end: bytes. Default 1 GiB. */
  maxWalBytes?: number;
}

/** For how long a commit waits for another process's: milliseconds. */
export const BUSY_TIMEOUT_MS = 2000;
const MIB = 1024 * 1024;
/** From here on the log is brought in and cut off: bytes. */
const LONG_WAL = 64 * MIB;
/** Pages given back to the disk in one step, and how many must be free before. */
const VACUUM_STEP = 500;
const VACUUM_FROM = 2000;

export class Housekeeping {
  readonly #db: Database;
  readonly #options: Required<Pick<HousekeepingOptions, "minFreeBytes" | "maxWalBytes">>;
  readonly #retention: Retention;
  readonly #isFile: boolean;
  #failure: string | undefined;
  #checkpoints = 0;
  #busyCheckpoints = 0;
  #vacuumedPages = 0;

  constructor(db: Database, { retention = {}, minFreeBytes = 0, maxWalBytes = 1024 * MIB }: HousekeepingOptions) {
    this.#db = db;
    this.#options = { minFreeBytes, maxWalBytes };
    this.#retention = new Retention(db, retention);
    this.#isFile = !db.memory;
  }

  /** Seconds per bucket, 0 = the beats themselves. */
  keptFromUs(tierS: number): number {
    return this.#retention.keptFromUs(tierS);
  }

  /** Throws UnavailableError while a batch must not be taken. */
  refuseWhenFull(): void {
    if (!this.#isFile) return;
    const { minFreeBytes, maxWalBytes } = this.#options;
    if (minFreeBytes > 0) {
      const free = freeBytes(this.#db.name);
      if (free < minFreeBytes)
        throw new UnavailableError(
          `The disk has ${mib(free)} MiB left, ${mib(minFreeBytes)} are kept free: free some space on the disk of ${this.#db.name}`,
        );
    }
    const wal = this.#walBytes();
    if (wal > maxWalBytes) {
      throw new UnavailableError(
        `The write-ahead log has grown to ${mib(wal)} MiB because somebody reads the file without end: end that program`,
      );
    }
  }

  /** Throws when nothing can be written. */
  probe(): void {
    this.#db
      .prepare(
        "INSERT OR REPLACE INTO facts VALUES ('probe', 1 + coalesce((SELECT value FROM facts WHERE name = 'probe'), 0))",
      )
      .run();
  }

  step(nowUs: number): void {
    this.#retention.step(nowUs);
    this.#vacuum();
    this.#cutWal();
    this.#failure = undefined;
  }

  failed(error: Error): void {
    this.#failure = `History is not looked after: ${error.message}`;
  }

  state(): StoreState {
    const pages = (name: string) => this.#db.pragma(name, { simple: true }) as number;
    const pageBytes = pages("page_size");
    const { counts, gauges } = this.#retention.state();
    return {
      problems: this.#failure === undefined ? [] : [this.#failure],
      counts: {
        ...counts,
        checkpoints: this.#checkpoints,
        busyCheckpoints: this.#busyCheckpoints,
        vacuumedPages: this.#vacuumedPages,
      },
      gauges: {
        ...gauges,
        bytes: pages("page_count") * pageBytes,
        freeBytes: pages("freelist_count") * pageBytes,
        walBytes: this.#walBytes(),
        diskFreeBytes: this.#isFile ? freeBytes(this.#db.name) : 0,
      },
    };
  }

  #vacuum(): void {
    const free = this.#db.pragma("freelist_count", { simple: true }) as number;
    const total = this.#db.pragma("page_count", { simple: true }) as number;
    if (free < VACUUM_FROM || free < total / 20) return;
    this.#db.pragma(`incremental_vacuum(${VACUUM_STEP})`);
    this.#vacuumedPages += VACUUM_STEP;
  }

  #cutWal(): void {
    if (this.#walBytes() < Math.min(LONG_WAL, this.#options.maxWalBytes / 2)) return;
    this.#db.pragma("busy_timeout = 0"); // while somebody reads it is tried again the next time
    const [result] = this.#db.pragma("wal_checkpoint(TRUNCATE)") as { busy: number }[];
    this.#db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    this.#checkpoints++;
    if (result?.busy === 1) this.#busyCheckpoints++;
  }

  #walBytes(): number {
    return this.#isFile ? (statSync(`${this.#db.name}-wal`, { throwIfNoEntry: false })?.size ?? 0) : 0;
  }
}

function freeBytes(file: string): number {
  const { bavail, bsize } = statfsSync(dirname(file));
  return bavail * bsize;
}

const mib = (bytes: number): number => Math.floor(bytes / MIB);
