/**
 * Loaded before a program (`node --import`): kills it with SIGKILL at its n-th change of the disk below a folder, as if power
 * went. KILL_BELOW: the folder; KILL_AT: n from 1; KILL_HOW: "before" the change, or "half" way through what is written.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";

const promises = createRequire(import.meta.url)("node:fs/promises");
const { KILL_BELOW: below = "", KILL_AT: at = "0", KILL_HOW: how = "before", KILL_COUNT: countFile } = process.env;
let count = 0;

/** Calls `half` when this is the change at which power goes in the middle. */
function change(path, half) {
  if (below === "" || !String(path).startsWith(below)) return;
  count++;
  if (countFile) writeFileSync(countFile, String(count));
  if (count !== Number(at)) return;
  if (how === "half") half?.();
  process.kill(process.pid, "SIGKILL");
  for (;;); // nothing more happens here
}

const { open, rename, rm, mkdir, copyFile, writeFile } = promises;
promises.rename = (from, to) => (change(from), rename(from, to));
promises.rm = (path, options) => (change(path), rm(path, options));
promises.mkdir = (path, options) => (change(path), mkdir(path, options));
promises.copyFile = (from, to, mode) => {
  const half = () => writeFileSync(to, readFileSync(from).subarray(0, 1000));
  change(to, half);
  return copyFile(from, to, mode);
};
promises.writeFile = (path, data, options) => {
  change(path, () => writeFileSync(path, Buffer.from(data).subarray(0, data.length / 2)));
  return writeFile(path, data, options);
};
promises.open = async (path, flags = "r", mode) => {
  if (flags !== "r") change(path);
  const file = await open(path, flags, mode);
  const { writeFile: write, sync } = file;
  file.writeFile = (data, options) => {
    change(path, () => writeFileSync(path, Buffer.from(data).subarray(0, data.length / 2)));
    return write.call(file, data, options);
  };
  file.sync = () => (change(path), sync.call(file));
  return file;
};
syncBuiltinESMExports();
