/** The worker thread's side: calls in by message, answers out. */
import { parentPort, workerData } from "node:worker_threads";
import { SqliteTables } from "./sqlite-tables.js";
import type { StoreCalls } from "./store.js";

export interface StoreRequest {
  id: number;
  call: keyof StoreCalls;
  args: unknown[];
}
export type StoreAnswer =
  | { id: number; value: unknown }
  | { id: number; error: { name: string; message: string; code: string } };

const port = parentPort;
if (!port) throw new Error("store-worker runs only as a worker thread");
const tables = new SqliteTables((workerData as { file: string }).file);

port.on("message", (request: StoreRequest | "close") => {
  if (request === "close") {
    tables.close();
    port.close();
    return;
  }
  port.postMessage(answer(request));
});
port.postMessage("ready");

function answer({ id, call, args }: StoreRequest): StoreAnswer {
  try {
    const method = tables[call] as (...args: unknown[]) => unknown;
    return { id, value: method.apply(tables, args) };
  } catch (error) {
    const { name, message, code = "internal" } = error as Error & { code?: string };
    return { id, error: { name, message, code } };
  }
}
