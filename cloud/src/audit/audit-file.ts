/** An audit log on disk, or an export of it, into a verdict; and lines out of the log into a sealed file. For the command line. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError, parseJsonAs } from "@tactus/shared";
import Database from "better-sqlite3";
import { z } from "zod";
import { CHAIN_START, type ChainLink, type ChainVerdict, verifyChain } from "./audit-chain.js";
import { AuditTables } from "./audit-tables.js";

const PAGE = 1000;
const CHAIN_SHAPE = 8;

const Line = z.object({
  id: z.int().min(1),
  atUs: z.int(),
  by: z.string(),
  action: z.string(),
  subject: z.string(),
  detail: z.string(),
  hash: z.string(),
});

/** `expected`: the head as it was noted before, "<id>:<hash>"; it must still be in the chain. */
export function verifyLog(dataDir: string, expected?: string): ChainVerdict {
  return withLog(dataDir, { readonly: true }, (tables, db) => {
    const verdict = tables.verify();
    if (verdict.fault !== undefined || expected === undefined) return verdict;
    const fault = faultOfExpected(db, expected);
    return fault === undefined ? verdict : { ...verdict, fault };
  });
}

/** The lines of an export, from whatever line it begins with. */
export async function verifyFile(file: string): Promise<ChainVerdict> {
  const text = await readFile(file, "utf8").catch((cause: Error) => {
    throw new InputError(`Export ${file} cannot be read: ${cause.message}`, { cause });
  });
  const rows = text.split("\n").filter((line) => line !== "");
  const sealed = rows.length > 0 && rows[0]?.startsWith('{"begins"') ? rows.shift() : undefined;
  const from =
    sealed === undefined ? CHAIN_START : parseJsonAs(z.object({ begins: ChainLinkSchema }), sealed, file).begins;
  const entries = rows.map((line, index) => {
    const row = parseJsonAs(Line, line, `${file} line ${index + 1}`);
    return { ...row, detail: {}, detailText: row.detail };
  });
  return verifyChain(entries, from);
}

const ChainLinkSchema = z.object({ id: z.int().min(0), hash: z.string() });

export interface SealOptions {
  dataDir: string;
  /** Lines older than this leave the log, epoch microseconds. */
  beforeUs: number;
  /** Must not exist. */
  file: string;
  nowUs: number;
}

/**
 * The chain is checked, its older lines are written to a new file and are on disk before they leave the log. Throws InputError
 * when the chain is broken: nothing is sealed then.
 */
export async function sealLog({
  dataDir,
  beforeUs,
  file,
  nowUs,
}: SealOptions): Promise<{ lines: number; head: ChainLink; sha256: string }> {
  const { verdict, text } = withLog(dataDir, { readonly: true }, (tables) => exportOf(tables, beforeUs));
  if (verdict.fault !== undefined) throw new InputError(`${verdict.fault}: nothing was sealed`);
  if (verdict.lines === 0) throw new InputError("No line of the audit log is that old: nothing to seal");
  const handle = await open(file, "wx", 0o600).catch((cause: Error) => {
    throw new InputError(`Export ${file} cannot be made: ${cause.message}`, { cause });
  });
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  const sha256 = createHash("sha256").update(text).digest("hex");
  const { head, lines } = await verifyFile(file);
  withLog(dataDir, {}, (tables) => {
    tables.seal({ to: head, atUs: nowUs, fileSha256: sha256 });
    tables.add(
      { by: "command line", action: "audit.seal", subject: `${head.id}`, detail: { ...head, lines, sha256 } },
      nowUs,
    );
  });
  return { lines, head, sha256 };
}

function exportOf(tables: AuditTables, beforeUs: number): { verdict: ChainVerdict; text: string } {
  const verdict = tables.verify();
  const begins = tables.start();
  const lines: string[] = [];
  for (let page = tables.lines({ after: begins.id, limit: PAGE, beforeUs }); page.length > 0; ) {
    lines.push(...page);
    page = tables.lines({ after: begins.id + lines.length, limit: PAGE, beforeUs });
  }
  const text = `${[JSON.stringify({ begins }), ...lines].join("\n")}\n`;
  return { verdict: verdict.fault === undefined ? { ...verdict, lines: lines.length } : verdict, text };
}

function faultOfExpected(db: Database.Database, expected: string): string | undefined {
  const [id = "", hash = ""] = expected.split(":");
  if (!/^\d+$/.test(id) || !/^[0-9a-f]{64}$/.test(hash))
    throw new InputError(`"${expected}" is no head: give it as verify printed it, "<line>:<hash>"`);
  const sql = "SELECT hash FROM audit_chain WHERE id = @id UNION SELECT hash FROM audit_seals WHERE to_id = @id";
  const found = db.prepare<object, { hash: string }>(sql).get({ id: Number(id) });
  if (found?.hash === hash) return undefined;
  return found ? `Line ${id} has another hash than was noted` : `Line ${id}, which was noted, is not there`;
}

function withLog<T>(
  dataDir: string,
  options: Database.Options,
  use: (tables: AuditTables, db: Database.Database) => T,
): T {
  const file = join(dataDir, "fleet.db");
  if (!existsSync(file)) throw new InputError(`No audit log in ${dataDir}: there is no fleet.db`);
  const db = new Database(file, options);
  try {
    const shape = db.pragma("user_version", { simple: true }) as number;
    if (shape < CHAIN_SHAPE)
      throw new InputError(`Database ${file} has shape ${shape}: start the cloud once to bring it up to date`);
    return use(new AuditTables(db), db);
  } finally {
    db.close();
  }
}
