/** The worker thread that holds fleet.db. */
import { parentPort, workerData } from "node:worker_threads";
import { fleetTables, openFleetSync } from "./fleet-tables.js";
import { serveCalls } from "./worker-calls.js";

if (!parentPort) throw new Error("fleet-worker runs only as a worker thread");
const db = openFleetSync((workerData as { file: string }).file);
serveCalls(parentPort, fleetTables(db), () => db.close());
