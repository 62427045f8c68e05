/** Is this a machine Tactus can run on? Node's version and word size, before anything is installed. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SetupError } from "./report.mjs";

const OLDEST = [20, 19];
/** onnxruntime-node ships binaries for these only. */
const ARCHITECTURES = ["x64", "arm64"];

export function isOldNode(version) {
  const [major, minor] = version.split(".").map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

export function checkRuntime({ version = process.versions.node, arch = process.arch } = {}) {
  if (isOldNode(version)) {
    throw new SetupError(`Node ${version} is too old`, { remedy: `Install Node ${OLDEST.join(".")} or newer.` });
  }
  if (!ARCHITECTURES.includes(arch)) {
    throw new SetupError(`Node is built for "${arch}"; Tactus needs a 64-bit x86 or ARM system`, {
      remedy: "On a Raspberry Pi 3 or newer install the 64-bit Raspberry Pi OS.",
    });
  }
}

/**
 * A folder `node-gyp --nodedir` can use: it has include/node of the running Node. Without one node-gyp fetches the
 * headers from Node's site, which a machine behind a package mirror cannot reach.
 */
export function findNodeHeaders({ execPath = process.execPath, version = process.versions.node } = {}) {
  const prefixes = [dirname(dirname(execPath)), "/usr", "/usr/local"];
  return prefixes.find((prefix) => headersVersion(prefix) === version.split(".")[0]);
}

function headersVersion(prefix) {
  const header = join(prefix, "include/node/node_version.h");
  if (!existsSync(header)) return undefined;
  return /#define NODE_MAJOR_VERSION (\d+)/.exec(readFileSync(header, "utf8"))?.[1];
}
