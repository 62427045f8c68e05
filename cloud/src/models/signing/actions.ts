/** What the subcommands of `tactus models` do: repository and keys in, lines for people out. */
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { InputError, ModelPolicy, parseAs, parseJsonAs, policyPath, ReleaseName, UsageError } from "@tactus/shared";
import { readBundle } from "./bundle.js";
import { CloudClient } from "./cloud-client.js";
import { Role } from "./key-file.js";
import { KeyRing } from "./key-ring.js";
import { importRun } from "./mlflow-import.js";
import { passphrases } from "./passphrase.js";
import { addRelease, type ReleaseChange, raiseFloor, revokeRelease, type TargetMap, versionsIn } from "./releases.js";
import { RepositoryFolder } from "./repository-folder.js";
import { Signer } from "./signer.js";
import { verifyCloud, verifyFolder } from "./verify-repository.js";

interface SigningOptions {
  keys: string[];
  repo: string;
}
interface CloudOptions {
  cloud?: string;
  tokenFile?: string;
}

const say = (line: string) => process.stdout.write(`${line}\n`);
const now = () => new Date();

export async function init(options: {
  keys: string;
  repo: string;
  rootKeys: number;
  rootThreshold: number;
  targetsKeys: number;
  targetsThreshold: number;
}): Promise<void> {
  const { signer } = open({ keys: [options.keys], repo: options.repo });
  const made = await signer.init({
    root: { count: options.rootKeys, threshold: options.rootThreshold },
    targets: { count: options.targetsKeys, threshold: options.targetsThreshold },
    snapshot: { count: 1, threshold: 1 },
    timestamp: { count: 1, threshold: 1 },
  });
  for (const { role, keyId } of made) say(`${role.padEnd(9)} ${keyId}`);
  say(`Repository ${options.repo} begins with metadata/1.root.json: boxes trust this file`);
  say("Now move the root and targets keys to media that are kept offline; snapshot and timestamp stay for `renew`");
}

export async function sign(folder: string, options: SigningOptions): Promise<void> {
  const bundle = await readBundle(folder);
  const { name, version } = bundle.name;
  await change(options, name, (targets, policy) => addRelease(targets, policy, bundle));
  say(`${name} ${version} is signed: ${bundle.files.map(({ file }) => file).join(", ")}`);
}

export async function revoke(named: ReleaseName, options: SigningOptions & { reason: string }): Promise<void> {
  const name = parseAs(ReleaseName, named, "Model");
  const { reason } = options;
  await change(options, name.name, (targets, policy) => revokeRelease(targets, policy, { name, reason, now: now() }));
  say(`${name.name} ${name.version} is revoked; it takes effect with \`tactus models publish\``);
}

export async function floor(named: ReleaseName, options: SigningOptions): Promise<void> {
  const name = parseAs(ReleaseName, named, "Model");
  await change(options, name.name, (targets, policy) => raiseFloor(targets, policy, name));
  say(`The floor of ${name.name} is ${name.version}; it takes effect with \`tactus models publish\``);
}

export async function rotateKey(roleName: string, options: SigningOptions): Promise<void> {
  const role = parseAs(Role, roleName, "Role");
  const { made, root } = await open(options).signer.rotate(role);
  for (const { keyId } of made) say(`${role.padEnd(9)} ${keyId}`);
  say(`Root ${root} names the new keys; publish it, then destroy the old ones`);
}

export async function renew(
  options: SigningOptions & CloudOptions & { targets?: boolean; root?: boolean; every?: number },
): Promise<void> {
  const also = [...(options.root ? (["root"] as const) : []), ...(options.targets ? (["targets"] as const) : [])];
  if (options.every !== undefined && also.length > 0) {
    throw new UsageError(
      "--every goes on by itself, so that it must not hold root or targets keys: leave out --root and --targets",
    );
  }
  const { signer, repository } = open(options);
  for (;;) {
    try {
      const renewed = await signer.renew(also);
      say(`Renewed: ${renewed.join(", ")}${await expiringSoon(repository)}`);
      if (options.cloud !== undefined) await publish({ ...options, cloud: options.cloud });
    } catch (error) {
      // The next round may find the cloud again; a signature lasts for several.
      if (options.every === undefined) throw error;
      process.stderr.write(`tactus: ${(error as Error).message}\n`);
    }
    if (options.every === undefined) return;
    await sleep(options.every * 3_600_000);
  }
}

export async function publish(options: CloudOptions & { repo: string; cloud: string }): Promise<void> {
  const client = new CloudClient({ url: options.cloud, token: await adminToken(options.tokenFile) });
  const repository = new RepositoryFolder(options.repo);
  await verifyFolder(repository, now());
  const { versions, added, withdrawn } = await client.publish(repository, (line) => say(line));
  say(
    `Published: root ${versions.root}, targets ${versions.targets}, snapshot ${versions.snapshot}, timestamp ${versions.timestamp}`,
  );
  for (const name of added) say(`new: ${name}`);
  for (const name of withdrawn) say(`no longer to be chosen: ${name}`);
}

export async function list(options: { repo?: string; cloud?: string }): Promise<void> {
  if (options.cloud !== undefined) {
    for (const model of await new CloudClient({ url: options.cloud, token: "" }).list()) {
      say(
        `${model.name} ${model.version}\t${model.state}${model.reason ? ` (${model.reason})` : ""}\t${model.bytes} bytes`,
      );
    }
    return;
  }
  if (options.repo === undefined) throw new UsageError("List what: name a folder by --repo or a cloud by --cloud");
  const repository = new RepositoryFolder(options.repo);
  const { targets } = await repository.verified(now());
  const names = new Set(Object.keys(targets.signed.targets).map((path) => path.split("/")[0] ?? ""));
  for (const name of [...names].sort()) {
    const policy = await policyOf(repository, targets.signed.targets, name);
    for (const version of versionsIn(targets.signed.targets, name)) say(`${name} ${version}\tsigned`);
    for (const { version, reason, at } of policy?.revoked ?? []) say(`${name} ${version}\trevoked ${at}: ${reason}`);
    if (policy && policy.floor !== "0.0.0") say(`${name}\tfloor ${policy.floor}`);
  }
}

export async function verify(place: string, options: { root?: string }): Promise<void> {
  const root = options.root === undefined ? undefined : await readFile(options.root);
  const isUrl = /^https?:\/\//.test(place);
  const report = await (isUrl
    ? verifyCloud(place, now(), root)
    : verifyFolder(new RepositoryFolder(place), now(), root));
  for (const line of report) say(line);
}

export async function importMlflow(
  run: string,
  options: { into: string; tracking?: string; card?: string },
): Promise<void> {
  const tracking = options.tracking ?? process.env.MLFLOW_TRACKING_URI;
  if (tracking === undefined || tracking === "") {
    throw new UsageError("Where is MLflow: name its address or folder by --tracking, or set MLFLOW_TRACKING_URI");
  }
  const { name, version, params, metrics } = await importRun({ run, tracking, into: options.into, card: options.card });
  say(`${name} ${version} comes from run ${run}: ${params} parameters, ${metrics} metrics; sign it again`);
}

function open(options: SigningOptions) {
  const repository = new RepositoryFolder(options.repo);
  const keys = new KeyRing({ folders: options.keys, passphrase: passphrases() });
  return { repository, signer: new Signer({ repository, keys, now }) };
}

type Change = (targets: TargetMap, policy: ModelPolicy | undefined) => ReleaseChange;

/** Files first, then what names them. */
async function change(options: SigningOptions, model: string, edit: Change): Promise<void> {
  const { repository, signer } = open(options);
  const targets = await signer.targets();
  const next = edit(targets, await policyOf(repository, targets, model));
  for (const [path, content] of next.contents) {
    const target = next.targets[path];
    if (target) await repository.addTarget(path, target, content);
  }
  await signer.changeTargets(next.targets);
}

async function policyOf(
  repository: RepositoryFolder,
  targets: TargetMap,
  model: string,
): Promise<ModelPolicy | undefined> {
  const path = policyPath(model);
  const target = targets[path];
  if (!target) return undefined;
  const file = repository.targetFile(path, target);
  const content = await readFile(file).catch((cause: Error) => {
    throw new InputError(`${file} cannot be read: ${cause.message}`, { cause });
  });
  return parseJsonAs(ModelPolicy, content, file);
}

const WARN_DAYS = 14;

async function expiringSoon(repository: RepositoryFolder): Promise<string> {
  const { root, targets } = await repository.verified(now());
  const soon = [root, targets].filter(({ signed }) => Date.parse(signed.expires) - Date.now() < WARN_DAYS * 86_400_000);
  return soon
    .map(({ signed }) => `; ${signed.type} expires at ${signed.expires}: renew it with --${signed.type}`)
    .join("");
}

async function adminToken(file: string | undefined): Promise<string> {
  if (file !== undefined) {
    const text = await readFile(file, "utf8").catch((cause: Error) => {
      throw new InputError(`Token file ${file} cannot be read: ${cause.message}`, { cause });
    });
    return text.trim();
  }
  const token = process.env.TACTUS_ADMIN_TOKEN;
  if (token) return token;
  throw new UsageError("The cloud wants its admin token: name the file by --token-file, or set TACTUS_ADMIN_TOKEN");
}
