/** What set-up says to the person in front of it, and how it runs other programs. */
import { spawn } from "node:child_process";

/** A step that failed; `remedy` is what the person can do, `log` the failing program's own words. */
export class SetupError extends Error {
  constructor(message, { remedy = "", log = "" } = {}) {
    super(message);
    this.name = "SetupError";
    this.remedy = remedy;
    this.log = log;
  }
}

const LOG_LINES = 15;

export const say = (text) => console.log(`set-up: ${text}`);

export function complain(error) {
  if (error.log) console.error(bothEnds(error.log));
  console.error(`set-up: ${error.message}`);
  if (error.remedy) console.error(`set-up: ${error.remedy}`);
}

/** npm names the cause first, a compiler last. */
function bothEnds(log) {
  const lines = log.trimEnd().split("\n");
  if (lines.length <= 2 * LOG_LINES) return lines.join("\n");
  return [...lines.slice(0, LOG_LINES), "…", ...lines.slice(-LOG_LINES)].join("\n");
}

/**
 * Run a program to its end; its output is kept and shown only when it matters. Never rejects:
 * a program that cannot be started has code 127.
 */
export function run(command, args, { cwd, env = process.env } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const chunks = [];
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.stderr.on("data", (chunk) => chunks.push(chunk));
    child.on("error", (error) => resolve({ code: 127, output: error.message }));
    child.on("close", (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString("utf8") }));
  });
}
