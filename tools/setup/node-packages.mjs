/** node_modules as package-lock.json wants it, with its native parts built for this Node. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { repairNaudiodon, SYSTEM_PORTAUDIO } from "../native/naudiodon-arm64.mjs";
import { run, SetupError, say } from "./report.mjs";
import { findNodeHeaders } from "./runtime.mjs";

const SQLITE = "node_modules/better-sqlite3/build/Release/better_sqlite3.node";
const AUDIO = "node_modules/naudiodon/build/Release/naudiodon.node";

export async function ensureNodePackages({ root }) {
  const env = buildEnvironment();
  if (!matchesLock(root)) await installPackages({ root, env });
  if (!loads(join(root, SQLITE))) await buildSqlite({ root, env });
  if (needsAudioRepair(root)) await repairAudio({ root, env });
}

/** Settings the install scripts of our dependencies read. */
export function buildEnvironment({ base = process.env, headers = findNodeHeaders() } = {}) {
  // The CPU provider is in the package; the script would fetch CUDA's from a site that may be out of reach.
  const env = { ...base, ONNXRUNTIME_NODE_INSTALL: "skip", ONNXRUNTIME_NODE_INSTALL_CUDA: "skip" };
  if (!headers) return env;
  // node-gyp before 11.3 reads the first name, later ones the second.
  return { ...env, npm_config_nodedir: headers, npm_package_config_node_gyp_nodedir: headers };
}

/** Compares with the copy npm keeps of what it installed, so that an install by hand counts too. */
export function matchesLock(root) {
  const wanted = readPackages(join(root, "package-lock.json"));
  const present = readPackages(join(root, "node_modules/.package-lock.json"));
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes("node_modules/")) return true;
    const found = present[path];
    // Optional ones are for other systems, or failed to build: npm leaves them out.
    if (!found) return entry.optional === true || entry.devOptional === true || entry.peer === true;
    return found.version === entry.version;
  });
}

function readPackages(file) {
  if (!existsSync(file)) return undefined;
  return JSON.parse(readFileSync(file, "utf8")).packages;
}

async function installPackages({ root, env }) {
  const fresh = !existsSync(join(root, "node_modules"));
  say(`installing Node packages${fresh ? " (the first time takes some minutes: SQLite is compiled)" : ""}`);
  // `ci` keeps to the lock file to the letter but starts over, which costs a developer the compiled parts.
  const args = [fresh ? "ci" : "install", "--no-audit", "--no-fund"];
  // On ARM the audio binding cannot build before its library is replaced; npm would throw it away.
  if (isArmLinux()) args.push("--ignore-scripts");
  const result = await run("npm", args, { cwd: root, env });
  if (result.code !== 0) throw npmFailure(result.output);
}

async function buildSqlite({ root, env }) {
  say("compiling SQLite for this Node (two minutes or so)");
  const result = await run("npm", ["rebuild", "better-sqlite3"], { cwd: root, env });
  if (result.code !== 0 || !loads(join(root, SQLITE))) throw npmFailure(result.output);
}

function npmFailure(log) {
  if (!/gyp ERR|node-gyp/.test(log)) {
    return new SetupError("npm could not install the packages", {
      remedy: "Its words are above; check the network and the disk, then run the same command again.",
      log,
    });
  }
  const headers = findNodeHeaders() ? "" : ", and Node's headers (libnode-dev, or a Node whose include/node is there)";
  return new SetupError("A native package did not compile", {
    remedy: `It needs g++, make and python3 (sudo apt-get install build-essential python3)${headers}.`,
    log,
  });
}

function needsAudioRepair(root) {
  if (!isArmLinux() || existsSync(join(root, AUDIO))) return false;
  return existsSync(join(root, "node_modules/naudiodon")) && existsSync(SYSTEM_PORTAUDIO);
}

/** Without it the box still plays files and pipes: never a reason to stop. */
async function repairAudio({ root, env }) {
  say("compiling the audio binding with the system's PortAudio");
  const result = await repairNaudiodon({ modules: join(root, "node_modules"), portaudio: SYSTEM_PORTAUDIO, env });
  if (result.code !== 0) say(`live sound is not available: ${result.output.trim().split("\n").at(-1)}`);
}

const isArmLinux = () => process.platform === "linux" && process.arch === "arm64";

function loads(nativeFile) {
  try {
    createRequire(import.meta.url)(nativeFile);
    return true;
  } catch {
    // Absent, or built for another Node: the remedy is the same.
    return false;
  }
}
