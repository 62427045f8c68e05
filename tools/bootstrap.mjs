#!/usr/bin/env node
/**
 * A fresh clone into a system that can run. `npm start` and `npm test` call it first; it needs nothing but Node,
 * a C toolchain and python3, and finds out for itself what is missing. The second time it only looks.
 */
import { fileURLToPath } from "node:url";
import { build } from "./setup/build.mjs";
import { ensureDebianPackages } from "./setup/debian-packages.mjs";
import { ensureNodePackages } from "./setup/node-packages.mjs";
import { complain, SetupError } from "./setup/report.mjs";
import { checkRuntime } from "./setup/runtime.mjs";

const PURPOSES = ["start", "test", "device"];
const USAGE = `usage: node tools/bootstrap.mjs [--for ${PURPOSES.join("|")}]`;

/** Throws SetupError with the remedy when a step cannot be done. */
export async function bootstrap({ root, purpose }) {
  checkRuntime();
  await ensureDebianPackages({ root, purpose });
  await ensureNodePackages({ root });
  await build({ root, purpose });
}

function parseArguments(args) {
  if (args.length === 0) return { purpose: process.env.npm_lifecycle_event === "test" ? "test" : "start" };
  if (args.includes("--help")) return { help: true };
  const purpose = args[0] === "--for" ? args[1] : undefined;
  return args.length === 2 && PURPOSES.includes(purpose) ? { purpose } : { wrong: true };
}

async function main() {
  const { purpose, help, wrong } = parseArguments(process.argv.slice(2));
  if (help || wrong) {
    (help ? console.log : console.error)(USAGE);
    process.exitCode = help ? 0 : 2;
    return;
  }
  try {
    await bootstrap({ root: fileURLToPath(new URL("..", import.meta.url)), purpose });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    complain(error);
    process.exitCode = 1;
  }
}

await main();
