/** link-peer.cpp, compiled against Ableton's own headers, into a peer a test can look at. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface PeerState {
  /** Seconds of CLOCK_MONOTONIC, the clock of process.hrtime. */
  monotonic: number;
  peers: number;
  bpm: number;
  /** [0, quantum) at that moment. */
  phase: number;
  playing: boolean;
}

export class NativePeer {
  readonly #child: ChildProcess;
  #state: PeerState | undefined;

  constructor(program: string, { bpm, quantum = 4 }: { bpm: number; quantum?: number }) {
    this.#child = spawn(program, [String(bpm), String(quantum)], { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: this.#child.stdout! }).on("line", (line) => {
      this.#state = JSON.parse(line) as PeerState;
    });
  }

  get state(): PeerState | undefined {
    return this.#state;
  }

  setTempo(bpm: number): void {
    this.#child.stdin?.write(`bpm ${bpm}\n`);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin?.end();
    await ended;
  }
}

/** Both programs, compiled when they are not there. Throws with the remedy when Link's headers are missing. */
export async function linkPrograms(): Promise<{ helper: string; peer: string }> {
  const builder = new URL("../../link-helper/build.mjs", import.meta.url).href;
  const { buildLinkHelper, compileWithLink } = await import(builder);
  const source = fileURLToPath(new URL("link-peer.cpp", import.meta.url));
  const target = fileURLToPath(new URL("../../../.tactus/link-helper/test-peer", import.meta.url));
  return { helper: buildLinkHelper(), peer: compileWithLink({ source, target }) };
}
