/** Programs that nobody here wrote, wanted by a test: found, loudly missing, or missing with a message. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * True when `program` is on PATH or in /usr/sbin. When it is missing: throws if TACTUS_REQUIRE_RECEIVERS=1,
 * otherwise says which Debian package has it and returns false, so that the test can be skipped.
 */
export function needs(program: string, debianPackage: string): boolean {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"];
  if (folders.some((folder) => isExecutable(join(folder, program)))) return true;
  const message = `Program ${program} is missing: install the Debian package ${debianPackage}`;
  if (process.env.TACTUS_REQUIRE_RECEIVERS === "1") throw new Error(message);
  console.warn(`skipped: ${message}`);
  return false;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
