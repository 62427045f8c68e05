#!/usr/bin/env node
/**
 * Does what a Raspberry Pi or a Jetson would load, load? Builds the native packages for 64-bit ARM and runs them, with the
 * shipped model, under emulation on this machine. Says nothing about speed. Everything it fetches stays in one cache folder.
 */
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { copyPackages, crossBuildAudio, crossBuildSqlite } from "./arm64/cross-build.mjs";
import { emulatorOf, fetchNode, runHere } from "./arm64/emulator.mjs";
import { makeSysroot } from "./arm64/sysroot.mjs";
import { StepError, StepSkipped, step } from "./arm64/verdict.mjs";
import { ensureDebianPackages } from "./setup/debian-packages.mjs";

const REPOSITORY = fileURLToPath(new URL("..", import.meta.url));
const USAGE = "usage: node tools/smoke-arm64.mjs [--artifact DIR] [--cache DIR]";
const PROBES = join(REPOSITORY, "tools/arm64/probes");

/** INT8 products round differently with different instructions; a beat is the same beat well inside this. */
const ACTIVATION_TOLERANCE = 0.05;
const TIME_TOLERANCE_S = 0.02;

const SQLITE = ["better-sqlite3", "bindings", "file-uri-to-path"];
const AUDIO = ["naudiodon", "segfault-handler", "nan", "bindings", "file-uri-to-path"];

function findArtifact() {
  const folder = join(REPOSITORY, "models/artifacts");
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const found = names.find((name) => existsSync(join(folder, name, "manifest.json")));
  if (!found) throw new StepSkipped("no model in models/artifacts");
  return join(folder, found);
}

/** The artifact's golden vectors, which Python made from the same file. */
async function checkGolden(emulate, artifact) {
  if (!existsSync(join(artifact, "golden.json"))) throw new StepSkipped("the model has no golden vectors");
  const { frames, worst, name } = await emulate(`${PROBES}/golden.mjs`, [REPOSITORY, artifact]);
  if (!(worst <= ACTIVATION_TOLERANCE)) throw new StepError(`Activations differ from the golden ones by ${worst}`);
  return `${name}: ${frames} golden frames within ${worst.toExponential(1)}`;
}

/** The same sound through the same code and model, there and here. */
async function comparePipelines(emulate, artifact) {
  const args = [REPOSITORY, artifact];
  const [there, here] = [await emulate(`${PROBES}/pipeline.mjs`, args), await runHere(`${PROBES}/pipeline.mjs`, args)];
  const worst = largestDifference(there.activations, here.activations);
  if (!(worst <= ACTIVATION_TOLERANCE)) throw new StepError(`Activations differ by ${worst} from ${here.arch}'s`);
  compareBeats(there.beats, here.beats);
  const frames = there.activations.length;
  return `${frames} frames, activations within ${worst.toExponential(1)} of ${here.arch}'s, ${there.beats.length} announcements alike`;
}

function largestDifference(some, others) {
  if (some.length !== others.length) throw new StepError(`${some.length} frames there, ${others.length} here`);
  return Math.max(...some.flatMap((frame, at) => frame.map((value, head) => Math.abs(value - others[at][head]))));
}

function compareBeats(some, others) {
  const alike = (beat, other) => beat.state === other?.state && Math.abs(beat.time - other.time) <= TIME_TOLERANCE_S;
  if (some.length === others.length && some.every((beat, at) => alike(beat, others[at]))) return;
  throw new StepError("Announcements differ", `there: ${JSON.stringify(some)}\nhere: ${JSON.stringify(others)}`);
}

function readOptions() {
  try {
    return parseArgs({ options: { artifact: { type: "string" }, cache: { type: "string" } } }).values;
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    return process.exit(2);
  }
}

/** Native packages are compiled into copies, so that this checkout keeps its own. */
async function listHostApis(emulate, { cache, sysroot }) {
  const modules = copyPackages({ repository: REPOSITORY, cache, packages: AUDIO });
  await crossBuildAudio(modules, sysroot);
  // It leaves a crash handler's log where it runs.
  const { hostApis } = await emulate(`${PROBES}/audio.cjs`, [modules], { cwd: cache });
  return `PortAudio lists ${hostApis.join(", ")}`;
}

async function useDatabase(emulate, { cache }) {
  const modules = copyPackages({ repository: REPOSITORY, cache, packages: SQLITE });
  await crossBuildSqlite(modules);
  const { count, version } = await emulate(`${PROBES}/sqlite.cjs`, [modules]);
  return `SQLite ${version}: ${count} rows written and read`;
}

async function main() {
  const options = readOptions();
  const cache = resolve(options.cache ?? join(REPOSITORY, ".tactus/arm64"));
  mkdirSync(cache, { recursive: true });
  await ensureDebianPackages({ root: REPOSITORY, purpose: "cross" });
  const place = { cache, sysroot: undefined };
  let emulate;
  const prepared = await step("emulation", async () => {
    place.sysroot = await makeSysroot(cache);
    emulate = emulatorOf({ root: place.sysroot, node: await fetchNode(cache) });
    return `Node ${process.versions.node} for arm64`;
  });
  if (prepared !== "ok") return [prepared];
  const artifactDir = () => (options.artifact ? resolve(options.artifact) : findArtifact());
  return [
    await step("model", async () => checkGolden(emulate, artifactDir())),
    await step("pipeline", async () => comparePipelines(emulate, artifactDir())),
    await step("live sound", () => listHostApis(emulate, place)),
    await step("database", () => useDatabase(emulate, place)),
  ];
}

if ((await main()).includes("FAIL")) process.exitCode = 1;
