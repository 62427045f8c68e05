#!/usr/bin/env node
/** The command line of the whole system: each subcommand lives in its workspace and is loaded only when asked for. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";

const ROOT = new URL("..", import.meta.url);

/** Where each subcommand comes from. A name that is in no list makes all of them load: help, and what is misspelt. */
const WORKSPACES = [
  {
    module: "@tactus/device/cli",
    register: "registerDeviceCommands",
    commands: ["device", "track", "calibrate", "doctor", "simulate"],
  },
  { module: "@tactus/bridge/cli", register: "registerBridgeCommands", commands: ["bridge"] },
  { module: "@tactus/cloud", register: "registerCloudCommands", commands: ["cloud", "up", "models"] },
];

const EXIT = { failure: 1, usage: 2 };

async function main(argv) {
  if (!existsSync(new URL("shared/dist/index.js", ROOT)) || !existsSync(new URL("node_modules/commander", ROOT))) {
    complain("this copy is not built yet: run npm install && npm run build");
    return EXIT.failure;
  }
  const { Command } = await import("commander");
  const program = describe(new Command());
  for (const workspace of wanted(argv[2])) {
    const module = await import(workspace.module);
    module[workspace.register](program);
  }
  if (argv.length === 2) {
    program.outputHelp({ error: true });
    return EXIT.usage;
  }
  await program.parseAsync(argv);
  return process.exitCode ?? 0;
}

function describe(program) {
  const { version } = createRequire(import.meta.url)("../package.json");
  return program
    .name("tactus")
    .description("A beat service for venues: every beat announced before it happens")
    .version(version)
    .option("--verbose", "show where an unexpected error came from")
    .configureOutput({
      outputError: (text, write) =>
        write(
          `tactus: ${text
            .replace(/^error: /, "")
            .trim()
            .replaceAll("\n", " ")}\n`,
        ),
    })
    .exitOverride();
}

function wanted(command) {
  const owner = WORKSPACES.find(({ commands }) => commands.includes(command));
  return owner ? [owner] : WORKSPACES;
}

/** One line for people; a bug shows its stack only on request. */
function explain(error) {
  if (error.code?.startsWith?.("commander.")) return error.exitCode === 0 ? 0 : EXIT.usage;
  if (error.code === "ERR_MODULE_NOT_FOUND" && /tactus|dist/.test(error.message)) {
    complain("this copy is not built completely: run npm install && npm run build");
    return EXIT.failure;
  }
  const isOurs = ["bad-input", "usage", "unavailable"].includes(error.code);
  complain(isOurs ? error.message : `unexpected error: ${error.message ?? error}`);
  if (wantsDetail()) console.error(error);
  else if (!isOurs) complain("run it again with TACTUS_DEBUG=1 to see where this came from");
  return error.code === "usage" ? EXIT.usage : EXIT.failure;
}

const wantsDetail = () => process.argv.includes("--verbose") || Boolean(process.env.TACTUS_DEBUG);

function complain(line) {
  process.stderr.write(`tactus: ${line.replaceAll("\n", " ")}\n`);
}

// A reader that has seen enough (head, less) is not an error.
process.stdout.on("error", (error) => process.exit(error.code === "EPIPE" ? 0 : EXIT.failure));

process.exitCode = await main(process.argv).catch(explain);
