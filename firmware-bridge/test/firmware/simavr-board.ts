/** The AVR program on simavr, a simulator of other descent, in a process of its own. */
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SimulatedBoard } from "./simulated-board.js";
import { Ws2812Decoder } from "./ws2812-decoder.js";

const MHZ = 16;
const RUNNER = fileURLToPath(new URL("./simavr-run.c", import.meta.url));

/** Compiles the runner into `folder` and returns its path. Needs libsimavr-dev and libelf-dev. */
export function buildSimavrRunner(folder: string): string {
  const program = join(folder, "simavr-run");
  execFileSync("cc", ["-std=c99", "-O2", "-I/usr/include/simavr", RUNNER, "-o", program, "-lsimavr", "-lelf"]);
  return program;
}

/** Bytes are collected and the whole run happens in `runUntil`, once. */
export class SimavrBoard implements SimulatedBoard {
  readonly strip = new Ws2812Decoder();
  readonly sent: { byte: number; atUs: number }[] = [];
  readonly overruns = 0;
  nowUs = 0;
  #events: string[] = [];

  constructor(private readonly options: { runner: string; elf: string }) {}

  feed(byte: number, atUs: number): void {
    this.#events.push(`${Math.round(atUs * MHZ)} ${byte}\n`);
  }

  runUntil(atUs: number): void {
    const { runner, elf } = this.options;
    const run = spawnSync(runner, [elf, String(Math.round(atUs * MHZ))], {
      input: this.#events.join(""),
      maxBuffer: 256 * 1024 * 1024,
    });
    if (run.status !== 0) throw new Error(`simavr-run ended with ${run.status}: ${run.stderr}`);
    this.#read(new DataView(run.stdout.buffer, run.stdout.byteOffset, run.stdout.length));
    this.nowUs = atUs;
  }

  #read(view: DataView): void {
    let cycle = 0;
    let level = 0;
    for (let at = 0; at + 8 <= view.byteLength; at += 8) {
      const what = view.getUint32(at, true);
      cycle += view.getUint32(at + 4, true);
      if (what < 0x10000 && what !== level) this.strip.edge(what === 1, cycle / MHZ);
      if (what < 0x10000) level = what;
      else this.sent.push({ byte: what & 0xff, atUs: cycle / MHZ });
    }
  }
}
