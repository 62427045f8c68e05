/** One deed for many rooms: some at a time, each with its outcome, and the way back for those that have one. */

/** Does it for one room; returns how to undo it, where that is possible. */
export type BulkDeed = (device: string) => Promise<(() => Promise<unknown>) | undefined>;

export interface BulkProgress {
  all: number;
  done: number;
  failures: { device: string; why: string }[];
  /** Undoes what was done, room by room. */
  ways: { device: string; back(): Promise<unknown> }[];
}

/** Requests that are on their way at once. */
const AT_ONCE = 6;

/** `signal` stops before the next room; what is on its way ends. */
export async function runBulk(
  devices: readonly string[],
  deed: BulkDeed,
  { onProgress, signal }: { onProgress(progress: BulkProgress): void; signal: AbortSignal },
): Promise<BulkProgress> {
  const progress: BulkProgress = { all: devices.length, done: 0, failures: [], ways: [] };
  const waiting = [...devices];
  const worker = async (): Promise<void> => {
    for (let device = waiting.shift(); device !== undefined; device = waiting.shift()) {
      if (signal.aborted) return;
      try {
        const back = await deed(device);
        if (back) progress.ways.push({ device, back });
      } catch (error) {
        progress.failures.push({ device, why: error instanceof Error ? error.message : String(error) });
      }
      progress.done++;
      onProgress({ ...progress });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { ...progress };
}
