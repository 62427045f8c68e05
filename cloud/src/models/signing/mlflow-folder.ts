/** A run in MLflow's file store (`mlruns/<experiment>/<run>/`) as it is on disk. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InputError, parseAs } from "@tactus/shared";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import type { MlflowRun } from "./mlflow-run.js";

const RunMeta = z.object({
  run_id: z.string(),
  run_name: z.string().nullish(),
  start_time: z.number(),
  status: z.union([z.number(), z.string()]),
});
const ExperimentMeta = z.object({ name: z.string() });

/** As the file store numbers them. */
const STATUS = ["", "RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];
const MAX_ARTIFACTS = 1000;

/** Throws InputError when the run is not there or not as MLflow writes it. */
export async function readFromFolder(tracking: string, id: string): Promise<MlflowRun> {
  const root = tracking.startsWith("file:") ? fileURLToPath(tracking) : tracking;
  const experiment = await experimentOf(root, id);
  const folder = join(root, experiment, id);
  const meta = parseAs(RunMeta, await yamlIn(join(folder, "meta.yaml")), `MLflow run ${folder}`);
  const about = parseAs(
    ExperimentMeta,
    await yamlIn(join(root, experiment, "meta.yaml")),
    `MLflow experiment ${experiment}`,
  );
  const metrics = Object.entries(await filesIn(join(folder, "metrics"))).map(([name, text]) => [name, lastValue(text)]);
  return {
    id,
    name: meta.run_name ?? "",
    experiment: about.name,
    startedAtMs: meta.start_time,
    status: typeof meta.status === "number" ? (STATUS[meta.status] ?? "") : meta.status,
    params: await filesIn(join(folder, "params")),
    metrics: Object.fromEntries(metrics.filter(([, value]) => Number.isFinite(value))),
    tags: await filesIn(join(folder, "tags")),
    artifacts: await artifactsIn(join(folder, "artifacts")),
  };
}

async function experimentOf(root: string, id: string): Promise<string> {
  const experiments = await readdir(root).catch((cause: Error) => {
    throw new InputError(`MLflow's folder ${root} cannot be read: ${cause.message}`, { cause });
  });
  for (const experiment of experiments) {
    const isThere = await stat(join(root, experiment, id, "meta.yaml")).then(
      () => true,
      () => false,
    );
    if (isThere) return experiment;
  }
  throw new InputError(`No MLflow run ${id} in ${root}`);
}

/** A line of a metric: time in milliseconds, value, step. */
function lastValue(text: string): number {
  return Number(text.trim().split("\n").at(-1)?.split(" ")[1]);
}

async function yamlIn(path: string): Promise<unknown> {
  try {
    return parseYaml(await readFile(path, "utf8"));
  } catch (cause) {
    throw new InputError(`${path} cannot be read: ${(cause as Error).message.split("\n")[0]}`, { cause });
  }
}

/** Names may have slashes: then they are folders. */
async function filesIn(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of await namesIn(folder)) found[name] = await readFile(join(folder, name), "utf8");
  return found;
}

async function artifactsIn(folder: string): Promise<MlflowRun["artifacts"]> {
  const names = (await namesIn(folder)).slice(0, MAX_ARTIFACTS);
  return Promise.all(names.map(async (path) => ({ path, bytes: (await stat(join(folder, path))).size })));
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
