#!/usr/bin/env node
/** Writes docs/protocol.md from the schemas in shared; with --check only says whether it is up to date (exit 1: no). */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { commentsOf } from "./protocol/comments.mjs";
import { EXAMPLES } from "./protocol/examples.mjs";
import { renderProtocol } from "./protocol/render.mjs";
import { DOCUMENTS, TOPICS } from "./protocol/topic-table.mjs";

const PAGE = new URL("../docs/protocol.md", import.meta.url);
const CONTRACTS = new URL("../shared/src/contracts/", import.meta.url);

/** @param shared the module @tactus/shared. Throws when table, schemas and examples do not fit together. */
export function generate(shared) {
  checkLeaves(shared);
  const names = [...TOPICS, ...DOCUMENTS].map((one) => one.contract).filter(Boolean);
  const schemas = Object.fromEntries(names.map((name) => [name, schemaOf(shared, name)]));
  return renderProtocol({
    topics: TOPICS,
    documents: DOCUMENTS,
    schemas,
    examples: EXAMPLES,
    comments: readComments(),
  });
}

/** The table here and the list in shared/src/topics.ts name the same topics. */
function checkLeaves({ LEAVES }) {
  const listed = TOPICS.map((topic) => topic.leaf).filter((leaf) => !leaf.includes("<"));
  const missing = LEAVES.filter((leaf) => !listed.includes(leaf));
  const gone = listed.filter((leaf) => !LEAVES.includes(leaf));
  if (missing.length > 0) throw new Error(`No row in tools/protocol/topic-table.mjs for: ${missing.join(", ")}`);
  if (gone.length > 0)
    throw new Error(`tools/protocol/topic-table.mjs has topics that shared lacks: ${gone.join(", ")}`);
}

function schemaOf(shared, name) {
  const schema = shared[name];
  if (!schema) throw new Error(`tools/protocol/topic-table.mjs names ${name}, which shared does not export`);
  const parsed = schema.safeParse(EXAMPLES[name]);
  if (!parsed.success) throw new Error(`tools/protocol/examples.mjs, ${name}: ${z.prettifyError(parsed.error)}`);
  return z.toJSONSchema(schema, { io: "input" });
}

function readComments() {
  const files = readdirSync(CONTRACTS).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const all = files.map((name) => commentsOf(readFileSync(new URL(name, CONTRACTS), "utf8")));
  return {
    texts: new Map(all.flatMap(({ texts }) => [...texts])),
    refs: new Map(all.flatMap(({ refs }) => [...refs])),
  };
}

async function main() {
  const text = generate(await import("@tactus/shared"));
  const upToDate = existsSync(PAGE) && readFileSync(PAGE, "utf8") === text;
  if (!process.argv.includes("--check")) return void writeFileSync(PAGE, text);
  if (upToDate) return console.log("docs/protocol.md is up to date");
  console.error("docs/protocol.md is stale: run npm run docs");
  process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
