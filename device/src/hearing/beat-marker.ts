/** Each new beat that is announced into the mark of this session, written in place: it outlives the processes, and the agent counts by it. */
import { close, open, write } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Logger } from "pino";
import { beatNumberOf, MARK_LENGTH, MAX_MARKS, markFileOf, markFolder, markLine, parseMark } from "../beat-mark.js";

export interface BeatMarkerOptions {
  stateDir: string;
  session: string;
  sessionNumber: number;
  log: Logger;
}

/**
 * Never throws, and nobody waits for it: where the disk hangs, is full or read-only, beats go on unmarked. One write is on its
 * way at most, in a thread of its own; a newer beat waits for it in memory. It is left in the kernel's hands, which spares the
 * disk: a killed process loses nothing of it, a power cut may.
 */
export class BeatMarker {
  readonly #options: BeatMarkerOptions;
  readonly #line = Buffer.alloc(MARK_LENGTH, " ");
  #file: number | undefined;
  #newest = -1;
  #atUs = 0;
  #written = -1;
  #isWriting = false;
  #isStuck = false;
  #opened: Promise<void> | undefined;
  #idle: () => void = () => {};

  constructor(options: BeatMarkerOptions) {
    this.#options = options;
  }

  /** Returns at once; the file is opened meanwhile. */
  start(): void {
    this.#opened = this.#open().catch((error: unknown) => this.#failed(error as Error));
  }

  /** A beat was announced or revised; `atUs`: when it is due, epoch microseconds. Realtime-safe: does not wait. */
  note(beatId: string, atUs: number): void {
    const beat = beatNumberOf(beatId);
    if (!beat || beat.number <= this.#newest) return;
    this.#newest = beat.number;
    this.#atUs = atUs;
    this.#write();
  }

  /** After what is on its way is written. The mark stays until an agent has counted by it. */
  async stop(): Promise<void> {
    await this.#opened;
    if (this.#isWriting) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) await promisify(close)(file);
  }

  async #open(): Promise<void> {
    const { stateDir, session, sessionNumber } = this.#options;
    const folder = markFolder(stateDir);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if ((await withoutEmpty(folder)) >= MAX_MARKS) throw new Error(`${MAX_MARKS} sessions wait for an agent`);
    this.#file = await promisify(open)(join(folder, markFileOf(session, sessionNumber)), "w", 0o600);
    this.#write();
  }

  /** The place is taken on the disk before the first beat: a disk that fills up later does not matter. */
  #write(): void {
    const { session: name, log } = this.#options;
    if (this.#file === undefined || this.#isWriting) return;
    const number = this.#newest;
    if (number >= 0) this.#line.write(markLine({ name, number, atUs: this.#atUs }), "latin1");
    this.#isWriting = true;
    write(this.#file, this.#line, 0, MARK_LENGTH, 0, (error) => {
      this.#isWriting = false;
      if (error) this.#failed(error);
      else if (this.#isStuck) log.info("The newest beat can be noted again");
      if (!error) this.#isStuck = false;
      this.#written = number;
      if (this.#newest > this.#written) this.#write();
      else this.#idle();
    });
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
