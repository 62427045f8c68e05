/**
 * Loaded before a program (`node --import`): kills it with SIGKILL at its n-th change of the disk below a folder, as if power
 * went. KILL_BELOW: the folder; KILL_AT: n from 1; KILL_HOW: "before" the change, "half" way through what is written, or "full":
 * no kill, but from then on the disk is full.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";

const promises = createRequire(import.meta.url)("node:fs/promises");
const { KILL_BELOW: below = "", KILL_AT: at = "0", KILL_HOW: how = "before", KILL_COUNT: countFile } = process.env;
let count = 0;

/** `half` does the first half of it. `grows`: a full disk refuses it. */
function change(path, { half, grows = true } = {}) {
  if (below === "" || !String(path).startsWith(below)) return;
  count++;
  if (countFile) writeFileSync(countFile, String(count));
  if (how === "full" && count >= Number(at) && Number(at) > 0 && grows)
    throw Object.assign(new Error(`ENOSPC: no space left on device, '${path}'`), { code: "ENOSPC" });
  if (count !== Number(at) || how === "full") return;
  if (how === "half") half?.();
  process.kill(process.pid, "SIGKILL");
  for (;;); // nothing more happens here
}

const firstHalf = (path, data) => () => writeFileSync(path, Buffer.from(data).subarray(0, data.length / 2));

const { open, rename, rm, mkdir, copyFile, writeFile } = promises;
promises.rename = async (from, to) => {
  change(from, { grows: false });
  return await rename(from, to);
};
promises.rm = async (path, options) => {
  change(path, { grows: false });
  return await rm(path, options);
};
promises.mkdir = async (path, options) => {
  change(path);
  return await mkdir(path, options);
};
promises.copyFile = async (from, to, mode) => {
  change(to, { half: () => writeFileSync(to, readFileSync(from).subarray(0, 1000)) });
  return await copyFile(from, to, mode);
};
promises.writeFile = async (path, data, options) => {
  change(path, { half: firstHalf(path, data) });
  return await writeFile(path, data, options);
};
promises.open = async (path, flags = "r", mode) => {
  if (flags !== "r") change(path);
  const file = await open(path, flags, mode);
  const { writeFile: write, sync } = file;
  file.writeFile = async (data, options) => {
    change(path, { half: firstHalf(path, data) });
    return await write.call(file, data, options);
  };
  file.sync = async () => {
    change(path);
    return await sync.call(file);
  };
  return file;
};
syncBuiltinESMExports();
