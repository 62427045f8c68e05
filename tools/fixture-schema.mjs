#!/usr/bin/env node
/** Writes firmware-bridge/fixture.schema.json from the schema of fixture profiles; editors check profiles against it. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fixtureSchemaText } from "../firmware-bridge/dist/show/fixture-schema.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FILE = "firmware-bridge/fixture.schema.json";

writeFileSync(ROOT + FILE, fixtureSchemaText());
const { status } = spawnSync("node_modules/.bin/biome", ["format", "--write", FILE], { cwd: ROOT, stdio: "inherit" });
process.exitCode = status ?? 1;
