/** `tactus cloud audit`: is the log what was written, and what has left it. */
import { InputError } from "@tactus/shared";
import type { Command } from "commander";
import { loadConfig } from "../config.js";
import { sealLog, verifyFile, verifyLog } from "./audit-file.js";

interface AuditOptions {
  config?: string;
  dataDir?: string;
  file?: string;
  head?: string;
  before?: string;
}

type Say = (line: string) => void;

/** `cloud` is the command that these belong to: it has --config and --data-dir. */
export function registerAuditCommands(cloud: Command, say: Say): void {
  const audit = cloud.command("audit").description("the audit log: who did what to the fleet");

  audit
    .command("verify")
    .description("check that no line was changed, removed or put in; exit code 1 when one was")
    .option("--data-dir <folder>", "of the cloud, which may be running (default: as configured)")
    .option("--file <file>", "check an export instead")
    .option("--head <line:hash>", "a head noted earlier: it must still be part of the chain")
    .action(async (_options: unknown, command: Command) => {
      const { file, head, ...where } = command.optsWithGlobals<AuditOptions>();
      const verdict = file === undefined ? verifyLog(await dataDirOf(where), head) : await verifyFile(file);
      if (verdict.fault !== undefined)
        throw new InputError(`${verdict.fault} (${verdict.lines} lines before it are in order)`);
      say(`${verdict.lines} lines in order, head ${verdict.head.id}:${verdict.head.hash}`);
    });

  audit
    .command("seal")
    .description("move old lines into a file that can be checked; the chain goes on from its end")
    .requiredOption("--before <date>", "lines older than this, such as 2026-01-31")
    .requiredOption("--file <file>", "to be made; keep it, and the hash that is printed")
    .option("--data-dir <folder>", "of the cloud, which may be running (default: as configured)")
    .action(async (_options: unknown, command: Command) => {
      const { file = "", before = "", ...where } = command.optsWithGlobals<AuditOptions>();
      const beforeMs = Date.parse(before);
      if (Number.isNaN(beforeMs)) throw new InputError(`"${before}" is no date such as 2026-01-31`);
      const dataDir = await dataDirOf(where);
      const sealed = await sealLog({ dataDir, file, beforeUs: beforeMs * 1000, nowUs: Date.now() * 1000 });
      say(`${sealed.lines} lines moved to ${file}, head ${sealed.head.id}:${sealed.head.hash}`);
      say(`SHA-256 of the file: ${sealed.sha256}`);
    });
}

async function dataDirOf({ config, dataDir }: AuditOptions): Promise<string> {
  return (await loadConfig(config, { dataDir })).dataDir;
}
