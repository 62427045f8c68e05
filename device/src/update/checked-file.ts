/** A small JSON document on disk that is either whole and what was written, or not there. */
import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { parseJsonAs } from "@tactus/shared";
import { z } from "zod";
import { writeWholeFile } from "../whole-file.js";

const Envelope = z.object({ sha256: z.string(), content: z.string() });

export class CheckedFile<T> {
  readonly #path: string;
  readonly #schema: z.ZodType<T>;

  constructor(path: string, schema: z.ZodType<T>) {
    this.#path = path;
    this.#schema = schema;
  }

  /** `damaged` says what is wrong with a file that is there. */
  async read(): Promise<{ content?: T; damaged?: string }> {
    let bytes: Buffer;
    try {
      bytes = await readFile(this.#path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
      return { damaged: (error as Error).message };
    }
    try {
      const { sha256, content } = parseJsonAs(Envelope, bytes, this.#path);
      if (hash(content) !== sha256) return { damaged: `${this.#path}: the checksum is wrong` };
      return { content: parseJsonAs(this.#schema, content, this.#path) };
    } catch (error) {
      return { damaged: (error as Error).message };
    }
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }

  async write(value: T): Promise<void> {
    const content = JSON.stringify(value);
    await writeWholeFile(this.#path, `${JSON.stringify({ sha256: hash(content), content })}\n`);
  }
}

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
