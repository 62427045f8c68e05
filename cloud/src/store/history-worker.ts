/** The worker thread that holds history.db. */
import { parentPort, workerData } from "node:worker_threads";
import { KeptHistory, type KeptHistoryOptions } from "./kept-history.js";
import { serveCalls } from "./worker-calls.js";

/** How often quiet rooms, retention and the write-ahead log are looked after. */
const TEND_INTERVAL_MS = 1000;

if (!parentPort) throw new Error("history-worker runs only as a worker thread");
const history = new KeptHistory(workerData as KeptHistoryOptions);
const timer = setInterval(() => history.tend(Date.now() * 1000), TEND_INTERVAL_MS);

serveCalls(parentPort, { history }, () => {
  clearInterval(timer);
  history.close();
});
