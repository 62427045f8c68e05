/**
 * naudiodon ships PortAudio for x86-64 and 32-bit ARM only, so that on 64-bit ARM its link step fails. The remedy: put the
 * distribution's library where its build looks, then compile it and segfault-handler. Runs on the box itself and,
 * with a cross compiler in `env` and `arch`, on a developer's machine.
 */
import { copyFileSync, existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { run } from "../setup/report.mjs";

export const SYSTEM_PORTAUDIO = "/usr/lib/aarch64-linux-gnu/libportaudio.so.2";

/** Resolves to { code, output } of the first step that failed, or of the last. */
export async function repairNaudiodon({ modules, portaudio, arch, env }) {
  const audio = join(modules, "naudiodon");
  copyFileSync(realpathSync(portaudio), join(audio, "portaudio/bin/libportaudio.so.2"));
  const built = await rebuild(join(modules, "segfault-handler"), { arch, env });
  return built.code === 0 ? rebuild(audio, { arch, env }) : built;
}

/** Compile one native package with the node-gyp that npm brings. */
export function rebuild(folder, { arch, env, args = [] }) {
  const target = arch ? [`--arch=${arch}`] : [];
  return run(process.execPath, [findNodeGyp(), "rebuild", ...target, ...args], { cwd: folder, env });
}

/** npm brings node-gyp; where npm is, the path and npm itself know. */
export function findNodeGyp({ path = process.env.PATH ?? "", npm = process.env.npm_execpath } = {}) {
  const commands = [npm, ...path.split(":").map((folder) => join(folder, "npm"))].filter(
    (file) => file && existsSync(file),
  );
  const homes = commands.map((file) => dirname(dirname(realpathSync(file))));
  const candidates = homes.map((home) => join(home, "node_modules/node-gyp/bin/node-gyp.js"));
  const found = candidates.find((file) => existsSync(file));
  // Debian packages node-gyp apart from npm.
  return found ?? createRequire("/usr/share/nodejs/").resolve("node-gyp/bin/node-gyp.js");
}
