/** The calling thread into one that the kernel lets run at once: an ordinary one waits several milliseconds on a busy machine. */
import { execFile } from "node:child_process";
import { readlinkSync } from "node:fs";
import { setPriority } from "node:os";

/** Low among real-time priorities (1…99): above every program, below the kernel's own. */
const PRIORITY = 20;
/** For systems that allow that and no more. */
const NICE = -10;

/**
 * Linux only: SCHED_FIFO by `chrt` of util-linux. Wants root, CAP_SYS_NICE or a limit of real-time priority (systemd: LimitRTPRIO=20);
 * resolves with false, and leaves the thread at a better nice value at most, where it is not allowed. Such a thread must sleep nearly always.
 */
export async function becomeRealTime(): Promise<boolean> {
  if (process.platform !== "linux") return false;
  try {
    // Synchronous calls run on the thread that asks: "4711/task/4715".
    const thread = readlinkSync("/proc/thread-self").split("/").at(-1) ?? "";
    if (await succeeds("chrt", ["--fifo", "--pid", String(PRIORITY), thread])) return true;
    setPriority(0, NICE); // 0: there it means this thread
  } catch {
    // Not allowed: as it is.
  }
  return false;
}

function succeeds(program: string, args: string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(program, args, (error) => resolve(error === null));
  });
}
