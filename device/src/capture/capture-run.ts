/** One attempt to capture live sound, made by a program of its own: its samples, its end, and how to end it. */
import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { UnavailableError } from "@tactus/shared";
import type { PcmFormat } from "./pcm-decoder.js";

/** The program or package that captures is not installed: waiting for the device will not help. */
export class BackendMissingError extends UnavailableError {}

/**
 * Sound libraries hang when a server dies, print into our output and take over signals. In a process of its own
 * all that can be killed; the price is one pipe.
 */
export interface CaptureRun {
  /** Known once the device is open. Rejects with UnavailableError when it cannot be, or nothing can open it here. */
  readonly format: Promise<PcmFormat>;
  /** Raw samples in that format, from when it is open. */
  readonly data: Readable;
  /** Resolves with the reason, for people, when the program has ended by itself or was closed. */
  readonly ended: Promise<string>;
  /** Called when the program says that samples were lost (an overrun). */
  onXrun: () => void;
  /** End it and wait until it is gone; kills a program that hangs. */
  close(): Promise<void>;
}

/** How to make such an attempt, again and again. */
export interface CaptureBackend {
  /** For people: "naudiodon: default". */
  readonly description: string;
  /** Does not throw: what goes wrong is in the run's promises. */
  launch(): CaptureRun;
}

/** A program that was asked to end and has not after this time hangs in its sound library. */
const PATIENCE_MS = 700;

/** Ask `child` to end, insist when it does not, and resolve when it has. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const insist = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  await gone;
  clearTimeout(insist);
}

/** The end of what a program writes on stderr: its last words name the cause. */
export class LastWords {
  private text = "";

  constructor(stream: Readable, onLine?: (line: string) => void) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      this.text = (this.text + text).slice(-4000);
      if (onLine) for (const line of text.split("\n")) onLine(line);
    });
  }

  /** Its last line that says something, or `otherwise`. */
  line(otherwise: string): string {
    const lines = this.text.split("\n").filter((line) => line.trim() !== "");
    return lines.at(-1)?.trim() ?? otherwise;
  }
}
