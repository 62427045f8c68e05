#!/usr/bin/env node
/** The dependency rules of ARCHITECTURE.md over the whole tree; prints the offending edges and exits 1. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { graphOf } from "./boundaries/graph.mjs";
import {
  dashboardSeesOnlyTheAppType,
  noCycles,
  peersMeetInMessages,
  pureStagesStayPure,
  sharedStandsAlone,
  stagesMeetInContracts,
} from "./boundaries/rules.mjs";

const WORKSPACES = ["shared", "device", "cloud", "cloud/dashboard", "firmware-bridge"];

/** @param {Map<string, string>} sources path from the root -> text. Violations in the order of the rules, each once. */
export function checkBoundaries(sources) {
  const nodes = graphOf(sources);
  const found = [
    ...sharedStandsAlone(nodes),
    ...peersMeetInMessages(nodes),
    ...dashboardSeesOnlyTheAppType(nodes),
    ...stagesMeetInContracts(nodes),
    ...pureStagesStayPure(nodes),
    ...noCycles(nodes),
  ];
  return [...new Map(found.map((one) => [`${one.rule} ${one.from} ${one.line} ${one.to}`, one])).values()];
}

export function readSources(root) {
  const folders = WORKSPACES.flatMap((workspace) => [`${workspace}/src`, `${workspace}/test`]);
  return new Map(folders.flatMap((folder) => sourcesUnder(root, folder)));
}

function sourcesUnder(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true })
    .filter((name) => /\.(ts|tsx|mjs)$/.test(name))
    .map((name) => [`${folder}/${name}`, readFileSync(join(root, folder, name), "utf8")]);
}

function main() {
  const found = checkBoundaries(readSources(fileURLToPath(new URL("..", import.meta.url))));
  for (const { rule, from, line, to, why } of found) console.error(`rule ${rule}: ${from}:${line} → ${to} — ${why}`);
  if (found.length > 0) process.exitCode = 1;
  else console.log("no import crosses a boundary");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
