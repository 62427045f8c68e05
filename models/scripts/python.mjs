// Runs a Python script of models/ in its own environment, which it makes on first use:
//
//   node models/scripts/python.mjs evaluate.py --help
//   node models/scripts/python.mjs -m pytest models/tests
//
// The environment lies in $TACTUS_CACHE/venv (default ~/.cache/tactus/venv) and is not needed by the product.
// On Linux PyTorch is taken from its CPU index, a tenth of the size; TACTUS_TORCH_INDEX=pypi takes PyPI's instead.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const scripts = dirname(fileURLToPath(import.meta.url));
const models = dirname(scripts);
const requirements = join(models, "requirements.txt");
const venv = join(process.env.TACTUS_CACHE ?? join(homedir(), ".cache", "tactus"), "venv");
const python = process.platform === "win32" ? join(venv, "Scripts", "python.exe") : join(venv, "bin", "python");
// Present from the first step of making the environment to the last: a run that was cut short is made again.
const unfinished = join(venv, ".unfinished");

/** Runs a command with our own input and output; returns whether it succeeded. */
function run(command, args) {
  return spawnSync(command, args, { stdio: "inherit" }).status === 0;
}

/** The first Python on the path that is new enough (3.11), as a command. */
function findPython() {
  const newEnough = "import sys; sys.exit(sys.version_info < (3, 11))";
  const names = ["python3", "python", "python3.13", "python3.12", "python3.11"];
  return names.find((name) => spawnSync(name, ["-c", newEnough], { stdio: "ignore" }).status === 0);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** PyTorch first and alone, when TACTUS_TORCH_INDEX names an index with its smaller CPU build. */
function installTorch() {
  const index = process.env.TACTUS_TORCH_INDEX;
  const torch = readFileSync(requirements, "utf8").match(/^torch==\S+/m)?.[0];
  if (!index || !torch) return;
  const done = run(python, ["-m", "pip", "install", "--retries", "0", "--timeout", "20", "--index-url", index, torch]);
  if (!done) console.error(`PyTorch is not to be had from ${index}; taking the default, which is larger`);
}

function makeEnvironment() {
  const base = findPython() ?? fail("Python 3.11 or newer is needed for models/ and was not found");
  console.error(`Making the Python environment of models/ in ${venv} (once; some minutes)`);
  mkdirSync(venv, { recursive: true });
  writeFileSync(unfinished, "");
  if (!run(base, ["-m", "venv", venv])) fail(`${base} -m venv failed; on Debian: apt install python3-venv`);
  installTorch();
  if (!run(python, ["-m", "pip", "install", "-r", requirements])) fail("pip could not install models/requirements.txt");
  rmSync(unfinished);
}

/** A bare script name means one of ours; a path or a flag such as -m is left alone. */
function locate(argument) {
  const ours = join(scripts, argument);
  return argument.endsWith(".py") && !existsSync(resolve(argument)) && existsSync(ours) ? ours : argument;
}

const [first, ...rest] = process.argv.slice(2);
if (first === undefined) {
  console.error("Usage: node models/scripts/python.mjs SCRIPT.py|-m MODULE [ARGUMENT…]");
  process.exit(2);
}
if (!existsSync(python) || existsSync(unfinished)) makeEnvironment();

const paths = [models, process.env.PYTHONPATH].filter(Boolean).join(delimiter);
const done = spawnSync(python, [locate(first), ...rest], {
  stdio: "inherit",
  env: { ...process.env, PYTHONPATH: paths },
});
process.exit(done.status ?? 1);
