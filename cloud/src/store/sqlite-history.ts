/** The history on one SQLite file, in a worker thread, so that no commit ever holds up a beat on its way to a page. */
import type { KeptHistory, KeptHistoryOptions } from "./kept-history.js";
import type { HistoryStore } from "./store.js";
import { packBatch } from "./tail.js";
import { openWorkerCalls } from "./worker-calls.js";

export interface SqliteHistoryOptions extends KeptHistoryOptions {
  /** The thread has died: nothing can be stored from then on. */
  onLost(error: Error): void;
}

export interface SqliteHistory extends HistoryStore {
  /** What happened while the file was opened, in words. */
  notes: string[];
}

/** Resolves when the file is open and in the present shape; throws UnavailableError when it cannot be. */
export async function openSqliteHistory({ onLost, ...workerData }: SqliteHistoryOptions): Promise<SqliteHistory> {
  const { calls, close } = await openWorkerCalls<{ history: KeptHistory }>({
    module: new URL("./history-worker.js", import.meta.url),
    workerData,
    onLost,
  });
  const { append, history, beats, extent, ledger, state } = calls.history;
  return {
    // Packed here: a few hundred bytes are cloned for the thread instead of a few hundred objects.
    append: (batches) => append(batches.map(packBatch)),
    ...{ history, beats, extent, ledger, state, close },
    notes: await calls.history.notes(),
  };
}
