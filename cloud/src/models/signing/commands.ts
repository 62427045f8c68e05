/**
 * `tactus models`: the subcommands and their help. What they do is loaded only when one is run, so that no process of the
 * cloud ever holds code that opens keys.
 */
import { type Command, InvalidArgumentError } from "commander";

const KEYS = ["--keys <folder...>", "folders with key files; several, where keys lie on several sticks"] as const;
const REPO = ["--repo <folder>", "the signed repository"] as const;
const CLOUD = ["--cloud <url>", "where the cloud is, as http://127.0.0.1:8080"] as const;
const TOKEN = ["--token-file <file>", "the cloud's admin token (or the variable TACTUS_ADMIN_TOKEN)"] as const;
const ROLE_NAMES = ["root", "targets", "snapshot", "timestamp"];

const PASSPHRASES = `
Passphrases come from TACTUS_ROOT_PASSPHRASE, TACTUS_TARGETS_PASSPHRASE, TACTUS_SNAPSHOT_PASSPHRASE and
TACTUS_TIMESTAMP_PASSPHRASE, or TACTUS_KEY_PASSPHRASE for all; without, they are asked for at the terminal.`;

const actions = () => import("./actions.js");

export function registerModelCommands(program: Command): void {
  const models = program
    .command("models")
    .description("sign, publish and take back models; the keys never enter the cloud");
  addCeremony(models);
  addReleases(models);
  addReading(models);
}

function addCeremony(models: Command): void {
  models
    .command("init")
    .description("make the keys of a new repository and its first root")
    .requiredOption(
      "--keys <folder>",
      "where the key files are written; move the root and targets keys offline afterwards",
    )
    .requiredOption(...REPO)
    .option("--root-keys <number>", "how many root keys", countOf, 3)
    .option("--root-threshold <number>", "how many of them must sign", countOf, 2)
    .option("--targets-keys <number>", "how many targets keys", countOf, 1)
    .option("--targets-threshold <number>", "how many of them must sign", countOf, 1)
    .addHelpText("after", PASSPHRASES)
    .action(async (options) => (await actions()).init(options));
  models
    .command("rotate-key <role>")
    .description("replace the keys of a role: after a compromise, or by the calendar; needs the root keys")
    .requiredOption(...KEYS)
    .requiredOption(...REPO)
    .addHelpText("after", `\nRoles: ${ROLE_NAMES.join(", ")}. New keys go into the first folder.\n${PASSPHRASES}`)
    .action(async (role, options) => (await actions()).rotateKey(roleOf(role), options));
  models
    .command("renew")
    .description("sign timestamp and, where due, snapshot again; runs beside the cloud with these two keys only")
    .requiredOption(...KEYS)
    .requiredOption(...REPO)
    .option("--targets", "the list of models too, for another 90 days: needs the targets keys")
    .option("--root", "the root too, for another year: needs the root keys")
    .option(...CLOUD)
    .option(...TOKEN)
    .option("--every <hours>", "stay and do it again and again", hoursOf)
    .addHelpText("after", PASSPHRASES)
    .action(async (options) => (await actions()).renew(options));
}

function addReleases(models: Command): void {
  models
    .command("sign <folder>")
    .description("add the model in this folder to the signed list")
    .requiredOption(...KEYS)
    .requiredOption(...REPO)
    .addHelpText("after", PASSPHRASES)
    .action(async (folder, options) => (await actions()).sign(folder, options));
  models
    .command("revoke <name> <version>")
    .description("take a version out of the signed list: no box installs it any more")
    .requiredOption("--reason <text>", "said to whoever asks for it")
    .requiredOption(...KEYS)
    .requiredOption(...REPO)
    .action(async (name, version, options) => (await actions()).revoke({ name, version }, options));
  models
    .command("floor <name> <version>")
    .description("leave all older versions behind for good")
    .requiredOption(...KEYS)
    .requiredOption(...REPO)
    .action(async (name, version, options) => (await actions()).floor({ name, version }, options));
  models
    .command("publish")
    .description("send what is signed to the cloud")
    .requiredOption(...REPO)
    .requiredOption(...CLOUD)
    .option(...TOKEN)
    .action(async (options) => (await actions()).publish(options));
}

function addReading(models: Command): void {
  models
    .command("list")
    .description("the versions in a repository, or those that a cloud knows")
    .option(...REPO)
    .option(...CLOUD)
    .action(async (options) => (await actions()).list(options));
  models
    .command("verify <place>")
    .description("check a repository folder or a cloud's address as a box would, file by file")
    .option("--root <file>", "the root to begin with (default: the oldest one found there)")
    .action(async (place, options) => (await actions()).verify(place, options));
  models
    .command("import-mlflow <run>")
    .description("lineage, metrics and card of a training run into an artifact's manifest")
    .requiredOption("--into <folder>", "the artifact: folder with manifest.json")
    .option("--tracking <place>", "MLflow: http(s)://… or its folder (default: MLFLOW_TRACKING_URI)")
    .option("--card <file>", "Markdown for people, put before the figures of the run")
    .action(async (run, options) => (await actions()).importMlflow(run, options));
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 20) return count;
  throw new InvalidArgumentError("A number of keys is a whole number from 1 to 20.");
}

function hoursOf(text: string): number {
  const hours = Number(text);
  if (hours >= 0.01 && hours <= 24) return hours;
  throw new InvalidArgumentError("Hours are a number up to 24: the timestamp lives for a day.");
}

function roleOf(text: string): string {
  if (ROLE_NAMES.includes(text)) return text;
  throw new InvalidArgumentError(`A role is one of ${ROLE_NAMES.join(", ")}.`);
}
