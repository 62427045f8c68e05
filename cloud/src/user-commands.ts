/** `tactus cloud users`: accounts by command line: the first admin without a page, and the way back in for who forgot. */
import { InputError } from "@tactus/shared";
import { type Command, Option } from "commander";
import { loadConfig } from "./config.js";
import { type PasswordSource, passwordFrom } from "./users/password-input.js";
import type { Role } from "./users/principal.js";
import { PERMISSIONS } from "./users/roles.js";
import { UserName } from "./users/user-name.js";
import { withUsers } from "./users-file.js";

interface UsersOptions extends PasswordSource {
  config?: string;
  dataDir?: string;
  role?: Role;
}

type Say = (line: string) => void;

/** `cloud` is the command that these belong to: it has --config and --data-dir. */
export function registerUserCommands(cloud: Command, say: Say): void {
  const users = cloud.command("users").description("accounts: who may look, operate and manage");
  const dataDir = () =>
    new Option("--data-dir <folder>", "of the cloud, which may be running (default: as configured)");
  const passwordFile = () =>
    new Option(
      "--password-file <file>",
      "take it from there (default: asked for, or the first line of standard input)",
    );
  const make = () => new Option("--make-password", "make one and print it this once");

  users
    .command("list")
    .description("everybody with an account")
    .addOption(dataDir())
    .action(async (_options: unknown, command: Command) => {
      const everybody = await withUsers(await dataDirOf(command.optsWithGlobals()), (file) => file.list());
      if (everybody.length === 0) say("Nobody has an account yet");
      for (const { name, role, disabled, lastLoginUs } of everybody) {
        const last = lastLoginUs === 0 ? "never" : new Date(lastLoginUs / 1000).toISOString();
        say(`${name.padEnd(24)} ${role.padEnd(9)} last login ${last}${disabled ? ", disabled" : ""}`);
      }
    });

  users
    .command("add")
    .description("add somebody; the first one should be an admin")
    .argument("<name>", "such as Ada")
    .addOption(new Option("--role <role>", "what they may do").choices(Object.keys(PERMISSIONS)).default("admin"))
    .addOption(passwordFile())
    .addOption(make())
    .addOption(dataDir())
    .action(async (given: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<UsersOptions>();
      const name = nameOf(given);
      const { role = "admin" } = options;
      const { password, isMade } = await passwordFrom(options, `Password for ${name}: `);
      await withUsers(await dataDirOf(options), (file) => file.add({ name, role, password }));
      say(`${name} may log in as ${role}`);
      if (isMade) say(`Password: ${password}`);
    });

  users
    .command("reset-password")
    .description("a new password; every session of theirs ends")
    .argument("<name>")
    .addOption(passwordFile())
    .addOption(make())
    .addOption(dataDir())
    .action(async (name: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<UsersOptions>();
      const { password, isMade } = await passwordFrom(options, `New password for ${name}: `);
      await withUsers(await dataDirOf(options), (file) => file.resetPassword(name, password));
      say(`${name} has a new password`);
      if (isMade) say(`Password: ${password}`);
    });

  users
    .command("disable")
    .description("no entry any more; their sessions and keys end within seconds")
    .argument("<name>")
    .addOption(dataDir())
    .action(async (name: string, _options: unknown, command: Command) => {
      await withUsers(await dataDirOf(command.optsWithGlobals()), (file) => file.disable(name));
      say(`${name} may not log in any more`);
    });
}

function nameOf(given: string): string {
  const parsed = UserName.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new InputError(`The name "${given}" ${parsed.error.issues[0]?.message ?? "cannot be used"}`);
}

async function dataDirOf({ config, dataDir }: UsersOptions): Promise<string> {
  return (await loadConfig(config, { dataDir })).dataDir;
}
