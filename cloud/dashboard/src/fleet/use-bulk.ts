/** A deed for many rooms under way: how far it is, how to stop it, and how to undo it. */
import { useRef, useState } from "react";
import { type BulkDeed, type BulkProgress, runBulk } from "./bulk.js";

export interface BulkRun {
  /** What is done, in words. */
  title: string;
  progress: BulkProgress;
  isRunning: boolean;
  isUndo: boolean;
}

export function useBulk() {
  const [run, setRun] = useState<BulkRun>();
  const stop = useRef(new AbortController());
  const pending = useRef(0);

  const go = async (title: string, devices: readonly string[], deed: BulkDeed, isUndo = false): Promise<void> => {
    stop.current = new AbortController();
    const show = (progress: BulkProgress, isRunning: boolean) => setRun({ title, progress, isRunning, isUndo });
    show({ all: devices.length, done: 0, failures: [], ways: [] }, true);
    const onProgress = (progress: BulkProgress) => {
      cancelAnimationFrame(pending.current);
      pending.current = requestAnimationFrame(() => show(progress, true));
    };
    const ended = await runBulk(devices, deed, { onProgress, signal: stop.current.signal });
    cancelAnimationFrame(pending.current);
    show(ended, false);
  };

  const undo = async (): Promise<void> => {
    if (!run) return;
    const ways = new Map(run.progress.ways.map(({ device, back }) => [device, back]));
    const deed: BulkDeed = async (device) => {
      await ways.get(device)?.();
      return undefined;
    };
    await go(run.title, [...ways.keys()], deed, true);
  };

  return { run, go, undo, stop: () => stop.current.abort(), dismiss: () => setRun(undefined) };
}
