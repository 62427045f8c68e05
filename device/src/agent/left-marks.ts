/** The files in which sessions of hearing left their newest beat into marks, the oldest first; removed when they are counted. */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import { type BeatMark, type BeatNumber, markFolder, orderOf, parseMark } from "../beat-mark.js";

/** What one session of hearing has left, or writes still. */
export interface LeftMark {
  file: string;
  /** A later session has a higher number. */
  order: number;
  /** Undefined: it has announced nothing, or nothing can be read. */
  mark: BeatMark | undefined;
}

/** Written by agents before hearing did it. */
const OLD_FILE = "newest-beat";
const OLD_ORDER = -1;

export class LeftMarks {
  readonly #stateDir: string;
  readonly #log: Logger;

  constructor(options: { stateDir: string; log: Logger }) {
    this.#stateDir = options.stateDir;
    this.#log = options.log;
  }

  /** Empty where the disk gives nothing. */
  readSync(): LeftMark[] {
    const old = { file: join(this.#stateDir, OLD_FILE), order: OLD_ORDER };
    const oldMark = stableMarkSync(old.file);
    const found: LeftMark[] = oldMark ? [{ ...old, mark: oldMark }] : [];
    for (const name of namesIn(markFolder(this.#stateDir))) {
      const order = orderOf(name);
      const file = join(markFolder(this.#stateDir), name);
      if (order !== undefined) found.push({ file, order, mark: stableMarkSync(file) });
    }
    return found.sort((a, b) => a.order - b.order);
  }

  /** Those of sessions that are over, when this beat is the newest that was heard. */
  overSync(newest: BeatNumber | undefined): LeftMark[] {
    const all = this.readSync();
    const now = newest && all.find(({ mark }) => mark?.name === newest.name);
    return all.filter(({ order }) => order < (now?.order ?? OLD_ORDER + 1));
  }

  removeSync({ file }: LeftMark): void {
    try {
      rmSync(file, { force: true });
    } catch (error) {
      this.#log.warn({ file, reason: (error as Error).message }, "A mark that is counted cannot be removed");
    }
  }
}

/** Read until it is twice the same: hearing may be writing. */
function stableMarkSync(file: string): BeatMark | undefined {
  let before = textOf(file);
  for (let attempt = 0; attempt < 5; attempt++) {
    const now = textOf(file);
    if (now === before) return parseMark(now);
    before = now;
  }
  return undefined;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
