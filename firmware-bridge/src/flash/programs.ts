/** Programs on this machine, and what to install when one is missing. */
import { spawn } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { UnavailableError } from "@tactus/shared";

/** Where each program comes from. */
const REMEDIES: Record<string, string> = {
  avrdude: "apt-get install avrdude, or brew install avrdude",
  "avr-gcc": "apt-get install gcc-avr avr-libc, or give a built file with --file",
  "avr-objcopy": "apt-get install binutils-avr, or give a built file with --file",
  "arm-none-eabi-gcc": "apt-get install gcc-arm-none-eabi, or give a built file with --file",
  make: "apt-get install make, or give a built file with --file",
};

export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

/** Throws UnavailableError that names the first missing one and its package. */
export async function requirePrograms(names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (!(await findProgram(name))) {
      throw new UnavailableError(`${name} is not installed: ${REMEDIES[name] ?? `install ${name}`}`);
    }
  }
}

/** Runs it with its output on the terminal. Throws UnavailableError when it fails. */
export async function runProgram(command: readonly string[]): Promise<void> {
  const [program = "", ...args] = command;
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", resolve);
  });
  if (code !== 0) throw new UnavailableError(`${program} ended with ${code}: ${commandLine(command)}`);
}

/** As one would type it. */
export function commandLine(command: readonly string[]): string {
  return command.map((word) => (/^[\w./:=,+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
