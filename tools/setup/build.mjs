/** TypeScript and the dashboard into dist/, only when their sources changed. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, SetupError, say } from "./report.mjs";

const COMMON = ["tsconfig.base.json", "tsconfig.json", "package-lock.json"];

/** `outputs` must exist, whatever the stamp says: dist/ may have been deleted. */
const PRODUCTS = [
  {
    name: "TypeScript",
    stamp: "typescript",
    sources: ["shared/src", "device/src", "cloud/src", "firmware-bridge/src", ...COMMON],
    outputs: ["shared/dist/index.js", "device/dist/index.js", "cloud/dist/index.js", "firmware-bridge/dist/index.js"],
    // Incremental state says "up to date" even when its outputs were deleted.
    command: ({ incomplete }) => ["node_modules/.bin/tsc", ["--build", ...(incomplete ? ["--force"] : [])]],
  },
  {
    name: "the dashboard",
    stamp: "dashboard",
    sources: [
      "cloud/dashboard/src",
      "cloud/dashboard/public",
      "cloud/dashboard/index.html",
      "cloud/dashboard/tsconfig.json",
      "cloud/dashboard/vite.config.ts",
      "shared/src",
      ...COMMON,
    ],
    outputs: ["cloud/dashboard/dist/index.html"],
    command: () => ["npm", ["run", "build", "-w", "@tactus/dashboard"]],
    exceptFor: "device",
  },
];

export async function build({ root, purpose }) {
  for (const product of PRODUCTS) {
    if (product.exceptFor !== purpose) await buildProduct({ root, product });
  }
}

async function buildProduct({ root, product }) {
  const stamp = join(root, ".tactus/built", product.stamp);
  const fingerprint = fingerprintOf(root, product.sources);
  const incomplete = product.outputs.some((file) => !existsSync(join(root, file)));
  if (!incomplete && existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint) return;
  say(`building ${product.name}`);
  rmSync(stamp, { force: true });
  const [command, args] = product.command({ incomplete });
  const result = await run(command, args, { cwd: root });
  if (result.code !== 0) throw new SetupError(`Building ${product.name} failed`, { log: result.output });
  mkdirSync(join(stamp, ".."), { recursive: true });
  writeFileSync(stamp, fingerprint);
}

/** One hash over names and contents; times would change with every checkout. */
export function fingerprintOf(root, sources) {
  const hash = createHash("sha256");
  for (const source of sources) {
    for (const file of filesUnder(root, source)) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

function filesUnder(root, source) {
  if (!existsSync(join(root, source))) return [];
  if (/\.[a-z]+$/.test(source)) return [source];
  return readdirSync(join(root, source), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath.slice(join(root, "/").length), entry.name))
    .sort();
}
