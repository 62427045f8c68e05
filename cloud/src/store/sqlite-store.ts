/** The store on one SQLite file, in a worker thread, so that no commit ever holds up a beat on its way to a page. */
import { Worker } from "node:worker_threads";
import { InputError, TactusError, UnavailableError } from "@tactus/shared";
import type { Store, StoreCalls } from "./store.js";
import type { StoreAnswer, StoreRequest } from "./store-worker.js";

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * Resolves when the file is open and in the present shape; throws UnavailableError when it cannot be.
 * `onLost` is called once if the thread dies later: nothing can be stored from then on.
 */
export async function openSqliteStore(options: { file: string; onLost(error: Error): void }): Promise<Store> {
  const worker = new Worker(new URL("./store-worker.js", import.meta.url), { workerData: { file: options.file } });
  await untilReady(worker, options.file);
  return storeOn(worker, options);
}

function untilReady(worker: Worker, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error) => {
      reject(new UnavailableError(`Database ${file} cannot be opened: ${cause.message}`, { cause }));
    };
    worker.once("error", onError);
    worker.once("message", () => {
      worker.off("error", onError);
      resolve();
    });
  });
}

function storeOn(worker: Worker, { file, onLost }: { file: string; onLost(error: Error): void }): Store {
  const waiting = new Map<number, Waiting>();
  let nextId = 0;
  let lost: Error | undefined;

  worker.on("message", (answer: StoreAnswer) => {
    const caller = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ("error" in answer) caller?.reject(errorFrom(answer.error));
    else caller?.resolve(answer.value);
  });
  const fail = (reason: string) => {
    lost = new UnavailableError(`Database ${file} is gone: ${reason}`);
    for (const caller of waiting.values()) caller.reject(lost);
    waiting.clear();
  };
  worker.once("error", (cause) => {
    fail(cause.message);
    onLost(lost as Error);
  });

  const caller =
    <Name extends keyof StoreCalls>(call: Name) =>
    (...args: Parameters<StoreCalls[Name]>) =>
      new Promise<ReturnType<StoreCalls[Name]>>((resolve, reject) => {
        if (lost) return reject(lost);
        const id = nextId++;
        waiting.set(id, { resolve: resolve as Waiting["resolve"], reject });
        worker.postMessage({ id, call, args } satisfies StoreRequest);
      });

  return {
    append: caller("append"),
    history: caller("history"),
    extent: caller("extent"),
    ledger: caller("ledger"),
    close: () =>
      new Promise((resolve) => {
        worker.once("exit", () => resolve());
        fail("closed");
        worker.postMessage("close");
      }),
  };
}

function errorFrom({ name, message, code }: { name: string; message: string; code: string }): Error {
  if (name === "InputError") return new InputError(message);
  return new TactusError(message, code);
}
