/** A run on an MLflow tracking server, over its REST API 2.0. */
import { InputError, parseAs, UnavailableError } from "@tactus/shared";
import { z } from "zod";
import type { MlflowRun } from "./mlflow-run.js";

/** The server leaves out what is empty; numbers may come as text (int64) and as "NaN". */
const number = z.union([z.number(), z.string()]).transform(Number);
const pairs = z.array(z.object({ key: z.string(), value: z.string().default("") })).default([]);
const RunAnswer = z.object({
  run: z.object({
    info: z.object({
      run_name: z.string().default(""),
      experiment_id: z.string(),
      start_time: number,
      status: z.string().default(""),
    }),
    data: z
      .object({
        params: pairs,
        tags: pairs,
        metrics: z.array(z.object({ key: z.string(), value: number })).default([]),
      })
      .prefault({}),
  }),
});
const ExperimentAnswer = z.object({ experiment: z.object({ name: z.string() }) });
const ArtifactsAnswer = z.object({
  files: z
    .array(z.object({ path: z.string(), is_dir: z.boolean().default(false), file_size: number.default(0) }))
    .default([]),
  next_page_token: z.string().optional(),
});

const TIMEOUT_MS = 30_000;
const MAX_ARTIFACTS = 1000;

/** Throws InputError for an unknown run, UnavailableError when the server does not answer. */
export async function readFromServer(tracking: string, id: string): Promise<MlflowRun> {
  const base = `${tracking.replace(/\/+$/, "")}/api/2.0/mlflow`;
  const { run } = await ask(`${base}/runs/get?run_id=${id}`, RunAnswer);
  const { experiment_id } = run.info;
  const { experiment } = await ask(
    `${base}/experiments/get?experiment_id=${encodeURIComponent(experiment_id)}`,
    ExperimentAnswer,
  );
  const metrics = run.data.metrics.filter(({ value }) => Number.isFinite(value));
  return {
    id,
    name: run.info.run_name,
    experiment: experiment.name,
    startedAtMs: run.info.start_time,
    status: run.info.status,
    params: Object.fromEntries(run.data.params.map(({ key, value }) => [key, value])),
    metrics: Object.fromEntries(metrics.map(({ key, value }) => [key, value])),
    tags: Object.fromEntries(run.data.tags.map(({ key, value }) => [key, value])),
    artifacts: await artifactsOf(base, id),
  };
}

/** Folder by folder, page by page, up to a bound. */
async function artifactsOf(base: string, id: string): Promise<MlflowRun["artifacts"]> {
  const found: MlflowRun["artifacts"] = [];
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined && found.length < MAX_ARTIFACTS; folder = folders.pop()) {
    let token: string | undefined = "";
    while (token !== undefined && found.length < MAX_ARTIFACTS) {
      const query = new URLSearchParams({ run_id: id, path: folder, ...(token ? { page_token: token } : {}) });
      const page: z.infer<typeof ArtifactsAnswer> = await ask(`${base}/artifacts/list?${query}`, ArtifactsAnswer);
      for (const { path, is_dir, file_size } of page.files) {
        if (is_dir && folders.length < MAX_ARTIFACTS) folders.push(path);
        else if (!is_dir) found.push({ path, bytes: file_size });
      }
      token = page.next_page_token || undefined;
    }
  }
  return found;
}

async function ask<T>(url: string, schema: z.ZodType<T>): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((cause) => {
    throw new UnavailableError(`MLflow at ${url} cannot be reached: ${(cause as Error).message}`, { cause });
  });
  if (response.ok) return parseAs(schema, await response.json().catch(() => undefined), `MLflow's answer to ${url}`);
  throw new InputError(`MLflow answers ${response.status} to ${url}: ${(await response.text()).slice(0, 200)}`);
}
