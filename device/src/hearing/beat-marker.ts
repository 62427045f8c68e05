/** Each new beat that is announced into the mark of this session, written in place: it outlives the processes, and the agent counts by it. */
import { constants } from "node:fs";
import { mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { beatNumberOf, MARK_LENGTH, MAX_MARKS, markFileOf, markFolder, markLine, parseMark } from "../beat-mark.js";

export interface BeatMarkerOptions {
  stateDir: string;
  session: string;
  sessionNumber: number;
  log: Logger;
}

const IN_PLACE = constants.O_WRONLY | constants.O_CREAT;

/**
 * Never throws, and nobody waits for it: where the disk hangs, is full or read-only, beats go on unmarked. One write is on its
 * way at most, in threads of its own; a newer beat waits for it in memory. It is left in the kernel's hands, which spares the
 * disk: a killed process loses nothing of it, a power cut may. Between two beats no file is open: the disk can be made
 * read-only.
 */
export class BeatMarker {
  readonly #options: BeatMarkerOptions;
  readonly #line = Buffer.alloc(MARK_LENGTH, " ");
  #path: string | undefined;
  #newest = -1;
  #atUs = 0;
  #isStuck = false;
  #opened: Promise<void> | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: BeatMarkerOptions) {
    this.#options = options;
  }

  /** Returns at once; the folder is made meanwhile. */
  start(): void {
    this.#opened = this.#open().catch((error: unknown) => this.#failed(error as Error));
  }

  /** A beat was announced or revised; `atUs`: when it is due, epoch microseconds. Realtime-safe: does not wait. */
  note(beatId: string, atUs: number): void {
    const beat = beatNumberOf(beatId);
    if (!beat || beat.number <= this.#newest) return;
    this.#newest = beat.number;
    this.#atUs = atUs;
    if (this.#path !== undefined) this.#writing ??= this.#write(this.#path);
  }

  /** After what is on its way is written. The mark stays until an agent has counted by it. */
  async stop(): Promise<void> {
    await this.#opened;
    await this.#writing;
    this.#path = undefined;
  }

  /** The place is taken on the disk before the first beat: a disk that fills up later does not matter. */
  async #open(): Promise<void> {
    const { stateDir, session, sessionNumber } = this.#options;
    const folder = markFolder(stateDir);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if ((await withoutEmpty(folder)) >= MAX_MARKS) throw new Error(`${MAX_MARKS} sessions wait for an agent`);
    this.#path = join(folder, markFileOf(session, sessionNumber));
    this.#writing ??= this.#write(this.#path);
    await this.#writing;
  }

  /** Until the newest beat is written, or could not be. */
  async #write(path: string): Promise<void> {
    const { session: name, log } = this.#options;
    let number: number;
    do {
      number = this.#newest;
      if (number >= 0) this.#line.write(markLine({ name, number, atUs: this.#atUs }), "latin1");
      try {
        await this.#put(path);
        if (this.#isStuck) log.info("The newest beat can be noted again");
        this.#isStuck = false;
      } catch (error) {
        this.#failed(error as Error);
      }
    } while (this.#newest > number);
    this.#writing = undefined;
  }

  async #put(path: string): Promise<void> {
    const file = await open(path, IN_PLACE, 0o600);
    try {
      await file.write(this.#line, 0, MARK_LENGTH, 0);
    } finally {
      await file.close();
    }
  }

  #failed(error: Error): void {
    if (this.#isStuck) return;
    this.#isStuck = true;
    const reason = error.message;
    this.#options.log.warn({ reason }, "The newest beat cannot be noted: what falls without an agent is not counted");
  }
}

/** Removes the marks of sessions that announced no beat; returns how many others there are. */
async function withoutEmpty(folder: string): Promise<number> {
  let others = 0;
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    if (parseMark(await readFile(file, "latin1"))) others++;
    else await rm(file, { force: true });
  }
  return others;
}
