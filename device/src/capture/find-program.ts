/** Where a program lies that may or may not be installed. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Full path of the first executable called `name` in PATH; undefined when there is none. Touches the disk, starts nothing. */
export function findProgramSync(name: string, path = process.env.PATH ?? ""): string | undefined {
  for (const folder of path.split(delimiter)) {
    if (folder === "") continue;
    const candidate = join(folder, name);
    if (isExecutableSync(candidate)) return candidate;
  }
  return undefined;
}

function isExecutableSync(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
