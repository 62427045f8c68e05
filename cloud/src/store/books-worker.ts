/** The worker thread that holds history-books.db. */
import { parentPort, workerData } from "node:worker_threads";
import { HistoryBooks } from "./history-books.js";
import { openHistorySync } from "./history-file.js";
import { serveCalls } from "./worker-calls.js";

if (!parentPort) throw new Error("books-worker runs only as a worker thread");
const db = openHistorySync((workerData as { file: string }).file);
serveCalls(parentPort, { books: new HistoryBooks(db) }, () => db.close());
