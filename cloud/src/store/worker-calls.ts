/** Groups of blocking calls in a worker thread into the same groups of asynchronous calls here. */
import { type MessagePort, Worker } from "node:worker_threads";
import { InputError, TactusError, UnavailableError } from "@tactus/shared";

/** Objects whose methods block and whose arguments and results can be cloned: the tables of a database, by name. */
export type CallGroups = Record<string, object>;

/** The asynchronous face of such groups: `calls.devices.list()`. */
export type CallsOf<Groups> = {
  readonly [Group in keyof Groups]: {
    [Name in keyof Groups[Group]]: Groups[Group][Name] extends (...args: infer Args) => infer Result
      ? (...args: Args) => Promise<Result>
      : never;
  };
};

interface CallRequest {
  id: number;
  group: string;
  call: string;
  args: unknown[];
}
type CallAnswer = { id: number; value: unknown } | { id: number; error: CallError };
interface CallError {
  name: string;
  message: string;
  code: string;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** The worker thread's side. `close` is called last; nothing comes after it. */
export function serveCalls(port: MessagePort, groups: CallGroups, close: () => void): void {
  port.on("message", (request: CallRequest | "close") => {
    if (request === "close") {
      close();
      port.close();
    } else {
      port.postMessage(answerTo(request, groups));
    }
  });
  port.postMessage("ready");
}

function answerTo({ id, group, call, args }: CallRequest, groups: CallGroups): CallAnswer {
  try {
    const subject = groups[group] as Record<string, (...args: unknown[]) => unknown>;
    return { id, value: subject[call]?.(...args) };
  } catch (error) {
    const { name, message, code = "internal" } = error as Error & { code?: string };
    return { id, error: { name, message, code } };
  }
}

export interface WorkerCallsOptions {
  /** Main module of the thread: it calls serveCalls(). */
  module: URL;
  workerData: { file: string };
  /** Called once if the thread dies later: nothing can be stored from then on. */
  onLost(error: Error): void;
}

export interface WorkerCalls<Groups> {
  calls: CallsOf<Groups>;
  close(): Promise<void>;
}

/** Resolves when the thread is ready; throws UnavailableError when its file cannot be opened. */
export async function openWorkerCalls<Groups>(options: WorkerCallsOptions): Promise<WorkerCalls<Groups>> {
  const worker = new Worker(options.module, { workerData: options.workerData });
  await untilReady(worker, options.workerData.file);
  return callsOn(worker, options);
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

function callsOn<Groups>(worker: Worker, { workerData, onLost }: WorkerCallsOptions): WorkerCalls<Groups> {
  const waiting = new Map<number, Waiting>();
  let nextId = 0;
  let lost: Error | undefined;

  worker.on("message", (answer: CallAnswer) => {
    const caller = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ("error" in answer) caller?.reject(errorFrom(answer.error));
    else caller?.resolve(answer.value);
  });
  const fail = (reason: string) => {
    lost = new UnavailableError(`Database ${workerData.file} is gone: ${reason}`);
    for (const caller of waiting.values()) caller.reject(lost);
    waiting.clear();
    return lost;
  };
  worker.once("error", (cause) => onLost(fail(cause.message)));

  const ask = (group: string, call: string, args: unknown[]) =>
    new Promise<unknown>((resolve, reject) => {
      if (lost) return reject(lost);
      const id = nextId++;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, group, call, args } satisfies CallRequest);
    });
  const close = () =>
    new Promise<void>((resolve) => {
      worker.once("exit", () => resolve());
      fail("closed");
      worker.postMessage("close");
    });
  return { calls: facesOf<Groups>(ask), close };
}

type Ask = (group: string, call: string, args: unknown[]) => Promise<unknown>;

/** `then` must not look like a call: a face may pass through an await. */
function facesOf<Groups>(ask: Ask): CallsOf<Groups> {
  const faceOf = <Value>(make: (name: string) => Value) => {
    const known = new Map<string, Value>();
    return new Proxy(
      {},
      {
        get(_target, name) {
          if (typeof name !== "string" || name === "then") return undefined;
          const value = known.get(name) ?? make(name);
          known.set(name, value);
          return value;
        },
      },
    );
  };
  return faceOf((group) =>
    faceOf(
      (call) =>
        (...args: unknown[]) =>
          ask(group, call, args),
    ),
  ) as CallsOf<Groups>;
}

function errorFrom({ name, message, code }: CallError): Error {
  return name === "InputError" ? new InputError(message) : new TactusError(message, code);
}
