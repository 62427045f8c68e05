/** A password from a file, from the terminal without showing it, from standard input, or made. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { InputError } from "@tactus/shared";

export interface PasswordSource {
  passwordFile?: string;
  makePassword?: boolean;
}

/** Throws InputError when none was given. */
export async function passwordFrom(
  { passwordFile, makePassword = false }: PasswordSource,
  prompt: string,
): Promise<{ password: string; isMade: boolean }> {
  if (makePassword) return { password: randomBytes(15).toString("base64url"), isMade: true };
  const [password = ""] = (passwordFile === undefined ? await typed(prompt) : await contentOf(passwordFile)).split(
    /\r?\n/,
  );
  if (password === "")
    throw new InputError("No password was given: type one, or use --password-file or --make-password");
  return { password, isMade: false };
}

async function contentOf(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: Error) => {
    throw new InputError(`Password file ${file} cannot be read: ${cause.message}`, { cause });
  });
}

/** At a terminal the prompt is shown and what is typed is not. */
async function typed(prompt: string): Promise<string> {
  const isTerminal = process.stdin.isTTY === true;
  if (isTerminal) process.stderr.write(prompt);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: isTerminal });
  try {
    for await (const line of lines) return line;
    return "";
  } finally {
    lines.close();
    if (isTerminal) process.stderr.write("\n");
  }
}
