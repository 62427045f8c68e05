/** What was installed and configured: the model and its runtime, the folder for state, free ports. */
import { constants } from "node:fs";
import { access, readdir, stat, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import { DEFAULT_MODEL_DIR } from "../default-model.js";
import { loadArtifact } from "../model/artifact.js";
import { type Finding, ok, problem, warning } from "./finding.js";
import { checkUpdates } from "./update-checks.js";

export interface InstallSettings {
  modelDir?: string | undefined;
  stateDir: string;
  mqtt: { host: string; port: number; webSocketPort?: number | undefined };
}

const LITTLE_SPACE_MB = { warning: 500, problem: 50 };

export async function checkInstallation(settings: InstallSettings): Promise<Finding[]> {
  const { host, port, webSocketPort } = settings.mqtt;
  return [
    await checkRuntime(),
    ...(await checkModels(settings.modelDir)),
    ...(await checkUpdates(settings.stateDir, settings.modelDir)),
    await checkStateDir(settings.stateDir),
    await checkPort(host, port),
    ...(webSocketPort ? [await checkPort(host, webSocketPort)] : []),
  ];
}

async function checkRuntime(): Promise<Finding> {
  try {
    await import("onnxruntime-node");
    return ok("model runtime", "onnxruntime-node loads");
  } catch (error) {
    return problem(
      "model runtime",
      `onnxruntime-node does not load: ${(error as Error).message}`,
      "Run npm install again",
    );
  }
}

/** The configured model, or every one that came with the software. */
async function checkModels(modelDir: string | undefined): Promise<Finding[]> {
  const folders = modelDir ? [modelDir] : await artifactFolders(dirname(DEFAULT_MODEL_DIR));
  if (folders.length === 0) {
    return [
      warning(
        "model",
        `there is none in ${dirname(DEFAULT_MODEL_DIR)}`,
        "Fetch a release, or train one: npm run models:train",
      ),
    ];
  }
  return await Promise.all(folders.map(checkModel));
}

async function artifactFolders(parent: string): Promise<string[]> {
  const names = await readdir(parent).catch((): string[] => []);
  const folders = names.map((name) => join(parent, name));
  const manifests = await Promise.all(folders.map((folder) => exists(join(folder, "manifest.json"))));
  return folders.filter((_, i) => manifests[i]);
}

async function checkModel(folder: string): Promise<Finding> {
  try {
    const { manifest } = await loadArtifact(folder);
    return ok("model", `${manifest.name} ${manifest.version}, ${manifest.quantization}, the hash is right`);
  } catch (error) {
    return problem("model", (error as Error).message, "Fetch the release again, or set modelDir to a whole artifact");
  }
}

async function checkStateDir(stateDir: string): Promise<Finding> {
  const folder = await nearestExisting(resolve(stateDir));
  try {
    await access(folder, constants.W_OK | constants.X_OK);
  } catch {
    return problem("state folder", `${stateDir} cannot be written`, `sudo chown -R $USER ${folder}, or set stateDir`);
  }
  const { bavail, bsize } = await statfs(folder);
  const freeMb = Math.floor((bavail * bsize) / 1e6);
  const message = `${stateDir} can be written, ${freeMb} MB are free`;
  if (freeMb > LITTLE_SPACE_MB.warning) return ok("state folder", message);
  const rate = freeMb > LITTLE_SPACE_MB.problem ? warning : problem;
  return rate("state folder", message, "Make room: history and model updates are kept there");
}

/** 0 = any free port, which there always is. */
export async function checkPort(host: string, port: number): Promise<Finding> {
  if (port === 0) return ok("port", "any free one");
  const failure = await listenOnce(host, port);
  if (!failure) return ok("port", `${port} is free`);
  if (failure.code === "EADDRINUSE") {
    return warning(
      "port",
      `${port} is in use`,
      "Nothing, if that is a running tactus device; else stop it or set mqtt.port",
    );
  }
  return problem(
    "port",
    `${port} on ${host} cannot be opened: ${failure.message}`,
    "Set mqtt.host and mqtt.port to what this box has",
  );
}

async function listenOnce(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  const server = createServer();
  const failure = await new Promise<NodeJS.ErrnoException | undefined>((done) => {
    server.once("error", done);
    server.listen(port, host, () => done(undefined));
  });
  if (!failure) await new Promise((done) => server.close(done));
  return failure;
}

async function nearestExisting(folder: string): Promise<string> {
  return (await exists(folder)) || dirname(folder) === folder ? folder : await nearestExisting(dirname(folder));
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
