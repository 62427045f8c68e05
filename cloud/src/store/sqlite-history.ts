/** The history on one SQLite file, in a worker thread, so that no commit ever holds up a beat on its way to a page. */
import type { HistoryTables } from "./history-tables.js";
import type { HousekeepingOptions } from "./housekeeping.js";
import type { HistoryStore } from "./store.js";
import { packBatch } from "./tail.js";
import { openWorkerCalls } from "./worker-calls.js";

export interface HistoryWorkerData extends HousekeepingOptions {
  file: string;
}

export interface SqliteHistoryOptions extends HistoryWorkerData {
  /** The thread has died: nothing can be stored from then on. */
  onLost(error: Error): void;
}

/** Resolves when the file is open and in the present shape; throws UnavailableError when it cannot be. */
export async function openSqliteHistory({ onLost, ...workerData }: SqliteHistoryOptions): Promise<HistoryStore> {
  const { calls, close } = await openWorkerCalls<{ history: HistoryTables }>({
    module: new URL("./history-worker.js", import.meta.url),
    workerData,
    onLost,
  });
  const { append, history, beats, extent, ledger, state } = calls.history;
  // Packed here: a few hundred bytes are cloned for the thread instead of a few hundred objects.
  return { append: (batches) => append(batches.map(packBatch)), history, beats, extent, ledger, state, close };
}
