/** The worker thread that holds history.db. */
import { parentPort, workerData } from "node:worker_threads";
import { openHistorySync } from "./history-file.js";
import { HistoryTables } from "./history-tables.js";
import type { HistoryWorkerData } from "./sqlite-history.js";
import { serveCalls } from "./worker-calls.js";

/** How often quiet rooms, retention and the write-ahead log are looked after. */
const TEND_INTERVAL_MS = 1000;

if (!parentPort) throw new Error("history-worker runs only as a worker thread");
const { file, ...options } = workerData as HistoryWorkerData;
const history = new HistoryTables(openHistorySync(file), options);
const timer = setInterval(() => history.tend(Date.now() * 1000), TEND_INTERVAL_MS);

serveCalls(parentPort, { history }, () => {
  clearInterval(timer);
  history.close();
});
