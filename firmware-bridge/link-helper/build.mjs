#!/usr/bin/env node
/**
 * link-helper.cpp into .tactus/link-helper/tactus-link-helper, only when its source changed.
 *
 *     node firmware-bridge/link-helper/build.mjs
 *
 * Wants g++ and Debian's ableton-link-dev (Link's headers, GPL-2.0-or-later); says what is missing and exits 1.
 * The program it makes is a process of its own: nothing of it is linked into Tactus.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SOURCE = fileURLToPath(new URL("link-helper.cpp", import.meta.url));
const FLAGS = ["-std=c++17", "-O2", "-DLINK_PLATFORM_LINUX=1", "-DASIO_STANDALONE=1"];
const HEADERS = [
  { file: "ableton/Link.hpp", debianPackage: "ableton-link-dev" },
  { file: "asio.hpp", debianPackage: "libasio-dev" },
];

/**
 * Compile one C++ file against Link's headers unless `target` is already made from the same text.
 * Throws an Error that names what is missing and the remedy.
 */
export function compileWithLink({ source, target }) {
  const fingerprint = createHash("sha256").update(FLAGS.join(" ")).update(readFileSync(source)).digest("hex");
  const stamp = `${target}.stamp`;
  if (existsSync(target) && existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint) return target;
  checkTools();
  mkdirSync(dirname(target), { recursive: true });
  const made = `${target}.${process.pid}`;
  const compiler = process.env.CXX ?? "g++";
  const result = spawnSync(compiler, [...FLAGS, "-o", made, source, "-pthread"], { encoding: "utf8" });
  if (result.status !== 0) {
    rmSync(made, { force: true });
    throw new Error(`${compiler} could not compile ${source}:\n${result.stderr || result.error?.message}`);
  }
  renameSync(made, target);
  writeFileSync(stamp, fingerprint);
  return target;
}

/** Path of the helper, built when it is not there or not of this source. Throws like compileWithLink. */
export function buildLinkHelper({ root = ROOT } = {}) {
  return compileWithLink({ source: SOURCE, target: join(root, ".tactus/link-helper/tactus-link-helper") });
}

function checkTools() {
  const compiler = process.env.CXX ?? "g++";
  const missing = spawnSync(compiler, ["--version"]).status === 0 ? [] : ["g++"];
  if (missing.length === 0) {
    for (const { file, debianPackage } of HEADERS) if (!includes(compiler, file)) missing.push(debianPackage);
  }
  if (missing.length > 0)
    throw new Error(`Ableton Link's helper needs ${missing.join(", ")}: apt-get install ${missing.join(" ")}`);
}

function includes(compiler, file) {
  const check = { input: `#include <${file}>\n`, encoding: "utf8" };
  return spawnSync(compiler, [...FLAGS, "-M", "-x", "c++", "-"], check).status === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(buildLinkHelper());
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
