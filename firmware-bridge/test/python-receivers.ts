/** Receivers written in Python by others, in a virtual environment of their own that lasts from run to run. */
import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const VERSIONS: Readonly<Record<string, string>> = {
  "python-osc": "1.10.2",
  sacn: "1.11.0",
  stupidArtnet: "1.6.0",
  pymidi: "0.5.0",
};
const FOLDER = join(homedir(), ".cache", "tactus", "venv-receivers");

const run = promisify(execFile);

/** The Python that has these packages, installed when they are not there yet. Rejects when they cannot be had. */
export async function pythonWith(packages: string[]): Promise<string> {
  const python = join(FOLDER, "bin", "python3");
  const wanted = packages.map((name) => {
    const version = VERSIONS[name];
    if (!version) throw new Error(`Package ${name} has no version: pin it in python-receivers.ts`);
    return `${name}==${version}`;
  });
  if (await has(python, wanted)) return python;
  const isMade = await access(python).then(
    () => true,
    () => false,
  );
  if (!isMade) await run("python3", ["-m", "venv", FOLDER]);
  await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...wanted]);
  return python;
}

/** The same, or undefined with a message; fails where TACTUS_REQUIRE_RECEIVERS=1. */
export async function pythonOrSkip(packages: string[]): Promise<string | undefined> {
  try {
    return await pythonWith(packages);
  } catch (cause) {
    if (process.env.TACTUS_REQUIRE_RECEIVERS === "1") throw cause;
    console.warn(`skipped: Python packages ${packages.join(", ")} cannot be had: ${(cause as Error).message}`);
    return undefined;
  }
}

async function has(python: string, wanted: string[]): Promise<boolean> {
  const script =
    "import sys,importlib.metadata as m\nfor w in sys.argv[1:]:\n n,v=w.split('==')\n assert m.version(n)==v";
  return run(python, ["-c", script, ...wanted]).then(
    () => true,
    () => false,
  );
}
