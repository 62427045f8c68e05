/** An MLflow run into an artifact's lineage and card. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError, ModelLineage, ModelManifest, parseAs, parseJsonAs } from "@tactus/shared";
import { sha256Of } from "./bundle.js";
import { readFromFolder } from "./mlflow-folder.js";
import type { MlflowRun } from "./mlflow-run.js";
import { readFromServer } from "./mlflow-server.js";
import { writeWhole } from "./write-whole.js";

export interface ImportOptions {
  run: string;
  /** "http://…", "file:///…" or a folder. */
  tracking: string;
  /** Folder with manifest.json. */
  into: string;
  /** Markdown that is put before the figures. */
  card?: string | undefined;
}

const CARD = "card.md";
/** MLflow's own tag, and the names by which training code may record its data. */
const COMMIT_TAG = "mlflow.source.git.commit";
const DATA_HASH_NAMES = ["dataHash", "data_hash", "data_sha256", "dataset_digest"];

/** Writes manifest.json and card.md. Throws InputError for a run or manifest that cannot be read. */
export async function importRun({ run: id, tracking, into, card }: ImportOptions) {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) throw new InputError(`"${id.slice(0, 80)}" is no id of an MLflow run`);
  const run = await (/^https?:\/\//.test(tracking) ? readFromServer(tracking, id) : readFromFolder(tracking, id));
  const manifestPath = join(into, "manifest.json");
  const manifest = parseJsonAs(ModelManifest, await readOrExplain(manifestPath), manifestPath);
  const lineage = parseAs(ModelLineage, lineageOf(run), `MLflow run ${id}`);
  const intro =
    card === undefined ? `# ${manifest.name} ${manifest.version}\n` : (await readOrExplain(card)).toString("utf8");
  const text = Buffer.from(`${intro.trimEnd()}\n\n${cardOf(run)}`);
  const signed = { file: CARD, sha256: sha256Of(text), bytes: text.length };
  const next = parseAs(ModelManifest, { ...manifest, lineage, card: signed }, manifestPath);
  await writeWhole(join(into, CARD), text);
  await writeWhole(manifestPath, `${JSON.stringify(next, null, 2)}\n`);
  const counts = { params: Object.keys(run.params).length, metrics: Object.keys(run.metrics).length };
  return { name: manifest.name, version: manifest.version, ...counts };
}

function lineageOf(run: MlflowRun): ModelLineage {
  const dataHash = DATA_HASH_NAMES.map((name) => run.params[name] ?? run.tags[name]).find(
    (value) => value !== undefined,
  );
  const commit = run.tags[COMMIT_TAG];
  return {
    run: run.id,
    experiment: run.experiment,
    startedAt: new Date(run.startedAtMs).toISOString(),
    ...(commit === undefined ? {} : { commit }),
    ...(dataHash === undefined ? {} : { dataHash }),
    params: run.params,
    metrics: run.metrics,
  };
}

function cardOf(run: MlflowRun): string {
  const rows = (head: [string, string], entries: [string, string | number][]) =>
    entries.length === 0
      ? ["none", ""]
      : [`| ${head[0]} | ${head[1]} |`, "|---|---|", ...entries.map(([a, b]) => `| ${cell(a)} | ${cell(b)} |`), ""];
  const sorted = <T>(record: Record<string, T>) => Object.entries(record).sort(([a], [b]) => a.localeCompare(b));
  const lines = [
    "## Training run",
    "",
    `Run \`${run.id}\` (${cell(run.name)}) of experiment ${cell(run.experiment)}, ${run.status.toLowerCase()}, begun ${new Date(run.startedAtMs).toISOString()}.`,
    "",
    "### Metrics",
    "",
    ...rows(["metric", "last value"], sorted(run.metrics)),
    "### Parameters",
    "",
    ...rows(["parameter", "value"], sorted(run.params)),
    "### Artifacts of the run",
    "",
    ...rows(
      ["file", "bytes"],
      run.artifacts.map(({ path, bytes }) => [path, bytes]),
    ),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

/** One line in a table. */
const cell = (value: string | number): string =>
  String(value)
    .replace(/[|\r\n]+/g, " ")
    .slice(0, 400);

async function readOrExplain(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new InputError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
