#!/usr/bin/env node
/** Every relative link in the documents leads somewhere, and every command they name exists. Exits 1 with the list. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { anchorsOf, commandsOf, linksOf } from "./check/markdown.mjs";

const SKIPPED = /(^|\/)(node_modules|dist|\.cache|\.tactus|\.git|\.pytest_cache)(\/|$)/;

export function findPages(root, folder = root) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (SKIPPED.test(relative(root, path))) return [];
    if (entry.isDirectory()) return findPages(root, path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

/** "file: what is wrong" for each link that leads nowhere. */
export function brokenLinks(root, page) {
  const text = readFileSync(page, "utf8");
  return linksOf(text).flatMap((link) => {
    const [path, anchor] = link.split("#");
    const target = path === "" ? page : resolve(dirname(page), decodeURI(path));
    if (!existsSync(target)) return [`${relative(root, page)}: ${link} leads nowhere`];
    if (!anchor || statSync(target).isDirectory() || !target.endsWith(".md")) return [];
    const known = anchorsOf(readFileSync(target, "utf8"));
    return known.includes(anchor) ? [] : [`${relative(root, page)}: ${link} names no heading`];
  });
}

/** @param surface { scripts, subcommands }: what exists */
export function unknownCommands(root, page, { scripts, subcommands }) {
  const exists = {
    script: (name) => scripts.includes(name),
    tactus: (name) => subcommands.includes(name),
    node: (path) => existsSync(join(root, path)) || existsSync(join(dirname(page), path)),
  };
  return commandsOf(readFileSync(page, "utf8"))
    .filter(({ kind, name }) => !exists[kind](name))
    .map(({ text }) => `${relative(root, page)}: "${text}" does not exist`);
}

/** What `tactus --help` lists. */
function subcommandsOf(root) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["bin/tactus.mjs", "--help"], { cwd: root });
  if (status !== 0) throw new Error(`tactus --help failed: ${stderr}`);
  const help = stdout.toString();
  const list = help.slice(help.indexOf("Commands:"));
  return [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map((match) => match[1]);
}

function main() {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const surface = { scripts: Object.keys(scripts), subcommands: subcommandsOf(root) };
  const pages = findPages(root);
  const faults = pages.flatMap((page) => [...brokenLinks(root, page), ...unknownCommands(root, page, surface)]);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
  else console.log(`${pages.length} documents, every link and command is there`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
