import { readFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SRC = fileURLToPath(new URL("../../", import.meta.url));

/** Everything that is loaded with this file: its imports and theirs, types left out. */
async function loadedWith(file: string, seen = new Set<string>()): Promise<Set<string>> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = await readFile(file, "utf8");
  for (const [, isType, path] of text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+"(\.[^"]+)";/gms)) {
    if (isType === undefined && path) await loadedWith(resolve(dirname(file), path.replace(/\.js$/, ".ts")), seen);
  }
  return seen;
}

test("the running cloud never loads code that opens keys", async () => {
  const loaded = [...(await loadedWith(resolve(SRC, "cli.ts")))].map((file) => relative(SRC, file));

  expect(loaded).toContain("models/model-registry.ts");
  expect(loaded.filter((file) => file.startsWith("models/signing/"))).toEqual(["models/signing/commands.ts"]);
});
