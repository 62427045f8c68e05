/** The cloud's subcommands of `tactus`. */
import { type Command, InvalidArgumentError } from "commander";
import { registerAuditCommands } from "./audit/commands.js";
import { loadConfig } from "./config.js";
import { runCloud } from "./main.js";
import { registerModelCommands } from "./models/signing/commands.js";
import { runCloudInit } from "./tls/init.js";
import { runUp } from "./up/up.js";
import { registerUserCommands } from "./user-commands.js";

interface PortOptions {
  port?: number;
  mqttPort?: number;
}

const say = (line: string) => process.stdout.write(`${line}\n`);

export function registerCloudCommands(program: Command): void {
  program.enablePositionalOptions(); // what stands after a subcommand is its own
  registerModelCommands(program);
  const cloud = program
    .command("cloud")
    .description("the cloud: takes what devices report, keeps their history, serves the page")
    .option("--config <file>", "YAML file (default: .tactus/cloud.yaml when there is one)")
    .option("--data-dir <folder>", "database and tokens (default: .tactus/cloud)")
    .option("--host <address>", "address of page and API (default: 127.0.0.1)")
    .option("--port <number>", "port of page and API, 0 = any free (default: 8080)", portOf)
    .option("--mqtt-port <number>", "port that devices connect to, 0 = any free (default: 1884)", portOf)
    .action(async (options: PortOptions & { config?: string; dataDir?: string; host?: string }) => {
      const { config, ...overrides } = options;
      await runCloud(await loadConfig(config, overrides), say);
    });
  registerAuditCommands(cloud, say);
  registerUserCommands(cloud, say);
  cloud
    .enablePositionalOptions()
    .command("init")
    .description("a certificate authority of this cloud's own, and a server certificate by it, for TLS")
    .option("--data-dir <folder>", "where the cloud keeps everything", ".tactus/cloud")
    .option("--host <names...>", "names and addresses under which boxes and browsers reach the cloud", [])
    .action(async ({ dataDir, host }: { dataDir: string; host: string[] }) => {
      await runCloudInit({ dataDir, hosts: host, say });
    });

  program
    .command("up")
    .description("cloud and one device playing the bundled recording: everything, on this machine")
    .option("--source <name>", "what the device hears instead: a file, or an input as in `tactus device`")
    .option("--port <number>", "port of the page; the next free one is taken (default: 8080)", portOf)
    .option("--state-dir <folder>", "where everything is kept (default: .tactus)")
    .action(async (options: PortOptions & { source?: string; stateDir?: string }) => {
      await runUp({ ...options, say });
    });
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  throw new InvalidArgumentError("A port is a whole number from 0 to 65535.");
}
