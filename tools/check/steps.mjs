/** The steps of `npm test`, in the order in which they are cheapest to fail. Each resolves to { ok, log, … }. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../setup/report.mjs";
import { modelsTests } from "./models-tests.mjs";
import { unitTests } from "./unit-tests.mjs";

/** Several programs, one after the other, up to the first that fails. */
async function inTurn(root, commands) {
  let log = "";
  for (const [command, ...args] of commands) {
    const { code, output } = await run(command, args, { cwd: root, env: { ...process.env, NO_COLOR: "1" } });
    log += output;
    if (code !== 0) return { ok: false, log };
  }
  return { ok: true, log };
}

/** A program of node_modules; npx would add its own words and half a second. */
const local = (name, ...args) => [`node_modules/.bin/${name}`, ...args];

function typesOf(root) {
  const dashboard = existsSync(join(root, "cloud/dashboard/tsconfig.json"))
    ? [local("tsc", "--noEmit", "-p", "cloud/dashboard/tsconfig.json")]
    : [];
  return inTurn(root, [local("tsc", "--build"), local("tsc", "-p", "tools/tsconfig.tests.json"), ...dashboard]);
}

/** A lock file that names a registry's host binds everybody to that host. */
export function hostsIn(lock) {
  const bound = Object.entries(lock.packages).filter(([, entry]) => /^[a-z+]+:\/\//.test(entry.resolved ?? ""));
  return bound.map(([path]) => `${path} names a host: .npmrc must keep omit-lockfile-registry-resolved=true`);
}

/** An optional package (another system's binary) without an entry makes `npm ci` refuse the whole file. */
export function optionalWithoutEntry(lock) {
  const known = new Set(Object.keys(lock.packages).map((path) => path.slice(path.lastIndexOf("node_modules/") + 13)));
  return Object.entries(lock.packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !known.has(name))
      .map((name) => `${path} may need ${name}, which has no entry: take a version whose packages the registry has`),
  );
}

async function checkLock(root) {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const faults = [...hostsIn(lock), ...optionalWithoutEntry(lock)];
  return { ok: faults.length === 0, log: faults.slice(0, 10).join("\n") };
}

export const STEPS = [
  { name: "types", run: typesOf },
  { name: "lint", run: (root) => inTurn(root, [local("biome", "check", "--error-on-warnings", ".")]) },
  { name: "boundaries", run: (root) => inTurn(root, [["node", "tools/check-boundaries.mjs"]]) },
  {
    name: "docs",
    run: (root) =>
      inTurn(root, [
        ["node", "tools/check-docs.mjs"],
        ["node", "tools/generate-protocol.mjs", "--check"],
      ]),
  },
  { name: "lock", run: checkLock },
  { name: "tests", run: unitTests },
  { name: "models", run: modelsTests },
];
