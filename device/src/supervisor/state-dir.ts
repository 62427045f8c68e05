/** The folder of small facts that outlive a restart: session counter, pairing code, time floor. */
import { randomBytes, randomInt } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { makeFolder, UnavailableError } from "@tactus/shared";

/** This software was not there before: epoch milliseconds. */
const FIRST_RELEASE_MS = Date.UTC(2026, 0, 1);
/** No letters or digits that are taken for one another; 40 bits in eight of them. */
const CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

export interface Session {
  /** Eight hexadecimal digits: the counter, and chance in case the folder is lost. */
  session: string;
  sessionNumber: number;
}

export class StateDir {
  readonly #path: string;
  #sessionNumber = -1;

  constructor(path: string) {
    this.#path = resolve(path);
  }

  /** Rejects with UnavailableError when the folder cannot be written. */
  async open(): Promise<void> {
    try {
      await makeFolder(this.#path, { mkdir: (path) => mkdir(path, { mode: 0o700 }), dirname });
      this.#sessionNumber = Number(await this.#read("session-number")) || 0;
      await this.#write("session-number", String(this.#sessionNumber));
    } catch (cause) {
      const remedy = "choose another stateDir, or give this user the right to write there";
      throw new UnavailableError(`Folder ${this.#path} cannot be written (${(cause as Error).message}); ${remedy}`, {
        cause,
      });
    }
  }

  /**
   * A number never given before, on disk before it is used. On a disk that has become full or read-only the number
   * may come again after a reboot; chance tells the sessions apart, and beats go on.
   */
  async nextSession(): Promise<Session> {
    const sessionNumber = ++this.#sessionNumber;
    await this.#write("session-number", String(sessionNumber)).catch(() => {});
    const counter = (sessionNumber % 0x10000).toString(16).padStart(4, "0");
    return { session: counter + randomBytes(2).toString("hex"), sessionNumber };
  }

  /** Made once, then always the same. */
  async pairingCode(): Promise<string> {
    const known = await this.#read("pairing-code");
    if (known) return known;
    const letters = Array.from({ length: 8 }, () => CODE_ALPHABET[randomInt(CODE_ALPHABET.length)]);
    const code = `${letters.slice(0, 4).join("")}-${letters.slice(4).join("")}`;
    await this.#write("pairing-code", code);
    return code;
  }

  /** The latest instant this box has seen: a wall clock that shows less is wrong. Epoch milliseconds. */
  async timeFloorMs(): Promise<number> {
    return Math.max(FIRST_RELEASE_MS, Number(await this.#read("time-floor").catch(() => "")) || 0);
  }

  async raiseTimeFloor(nowMs: number): Promise<void> {
    if (nowMs > (await this.timeFloorMs())) await this.#write("time-floor", String(Math.round(nowMs)));
  }

  async #read(name: string): Promise<string> {
    try {
      return (await readFile(join(this.#path, name), "utf8")).trim();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
      throw error;
    }
  }

  /** Power may go at any step: the old or the new content is there, never half of one. */
  async #write(name: string, text: string): Promise<void> {
    const [path, fresh] = [join(this.#path, name), join(this.#path, `${name}.new`)];
    const file = await open(fresh, "w", 0o600);
    try {
      await file.writeFile(`${text}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  }
}
