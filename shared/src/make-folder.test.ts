import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { makeFolder } from "./make-folder.js";

const system = { mkdir: (path: string) => mkdir(path, { mode: 0o700 }), dirname };

it("a folder is made with those above it, by several at once, and may be there already", async () => {
  const root = await mkdtemp(join(tmpdir(), "tactus-folder-"));
  const path = join(root, "a/b/c");

  await Promise.all([makeFolder(path, system), makeFolder(path, system), makeFolder(path, system)]);
  await makeFolder(path, system);

  expect((await stat(path)).mode & 0o777).toBe(0o700);
  await rm(root, { recursive: true });
});

it("where no folder can be made there is an error at once", async () => {
  const root = await mkdtemp(join(tmpdir(), "tactus-folder-"));
  await writeFile(join(root, "file"), "");

  await expect(makeFolder("/proc/nowhere/at/all", system)).rejects.toThrow("ENOENT");
  await expect(makeFolder(join(root, "file/below"), system)).rejects.toThrow("ENOTDIR");
  await expect(makeFolder(join(root, "file"), system)).rejects.toThrow("EEXIST");
  await rm(root, { recursive: true });
});
