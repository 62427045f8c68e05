/** Copies of our native packages, compiled for 64-bit ARM on this machine. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rebuild, repairNaudiodon } from "../native/naudiodon-arm64.mjs";
import { buildEnvironment } from "../setup/node-packages.mjs";
import { failIf, StepSkipped } from "./verdict.mjs";

const PREFIX = "aarch64-linux-gnu";

/** Copies `packages` of node_modules, without what was built in them; returns the folder that holds the copies. */
export function copyPackages({ repository, cache, packages }) {
  const modules = join(cache, "app/node_modules");
  mkdirSync(modules, { recursive: true });
  for (const name of packages) {
    const source = join(repository, "node_modules", name);
    if (!existsSync(source)) throw new StepSkipped(`${name} is not installed here`);
    if (isCopied(source, join(modules, name))) continue;
    cpSync(source, join(modules, name), { recursive: true, filter: (path) => path !== join(source, "build") });
  }
  return modules;
}

const versionIn = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version;

function isCopied(source, target) {
  return existsSync(join(target, "package.json")) && versionIn(source) === versionIn(target);
}

function crossEnvironment() {
  const tools = { CC: `${PREFIX}-gcc`, CXX: `${PREFIX}-g++`, AR: `${PREFIX}-ar`, LINK: `${PREFIX}-g++` };
  return { ...buildEnvironment(), ...tools };
}

export async function crossBuildSqlite(modules) {
  const folder = join(modules, "better-sqlite3");
  await onceFor(folder, async () => rebuild(folder, { arch: "arm64", env: crossEnvironment(), args: ["--release"] }));
}

export async function crossBuildAudio(modules, sysroot) {
  const portaudio = join(sysroot, `usr/lib/${PREFIX}/libportaudio.so.2`);
  await onceFor(join(modules, "naudiodon"), () =>
    repairNaudiodon({ modules, portaudio, arch: "arm64", env: crossEnvironment() }),
  );
}

/** A compile takes minutes; the stamp names the version that was compiled. */
async function onceFor(folder, build) {
  const stamp = join(folder, "build/arm64-stamp");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === versionIn(folder)) return;
  failIf(await build(), `compiling ${folder.split("/").at(-1)}`);
  writeFileSync(stamp, versionIn(folder));
}
