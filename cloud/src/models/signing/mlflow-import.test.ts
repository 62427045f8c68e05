import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { importRun } from "./mlflow-import.js";

const RUN = "34ea2718a6a44bcaa4724b8b0a7bf3aa";
const BUNDLED = fileURLToPath(new URL("../../../../models/artifacts/beat/manifest.json", import.meta.url));

let dir: string;
let server: Server | undefined;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "tactus-mlflow-"));
  await writeFile(join(dir, "manifest.json"), await readFile(BUNDLED));
});

afterEach(async () => {
  server?.close();
  server = undefined;
  await rm(dir, { recursive: true, force: true });
});

async function writeRun(): Promise<string> {
  const run = join(dir, "mlruns", "7", RUN);
  for (const folder of ["params", "metrics/val", "tags", "artifacts/plots"])
    await mkdir(join(run, folder), { recursive: true });
  await writeFile(join(dir, "mlruns", "7", "meta.yaml"), "experiment_id: '7'\nname: beat\n");
  await writeFile(join(run, "meta.yaml"), `run_id: ${RUN}\nrun_name: skeleton\nstart_time: 1795366001957\nstatus: 3\n`);
  await writeFile(join(run, "params", "learning_rate"), "0.001");
  await writeFile(join(run, "params", "data_hash"), "f00d");
  await writeFile(join(run, "metrics", "val", "beat"), "1795366001000 0.5 0\n1795366002000 0.91 1\n");
  await writeFile(join(run, "metrics", "broken"), "1795366001000 nan 0\n");
  await writeFile(join(run, "tags", "mlflow.source.git.commit"), "abc123");
  await writeFile(join(run, "artifacts", "plots", "loss.png"), "12345");
  return join(dir, "mlruns");
}

const LINEAGE = {
  run: RUN,
  experiment: "beat",
  startedAt: "2026-11-22T16:46:41.957Z",
  commit: "abc123",
  dataHash: "f00d",
  params: { learning_rate: "0.001", data_hash: "f00d" },
  metrics: { "val/beat": 0.91 },
};

test("a run in MLflow's folder becomes lineage and card of the manifest", async () => {
  const tracking = await writeRun();

  await importRun({ run: RUN, tracking, into: dir });

  const manifest = JSON.parse(await readFile(join(dir, "manifest.json"), "utf8"));
  expect(manifest.lineage).toEqual(LINEAGE);
  const card = await readFile(join(dir, manifest.card.file), "utf8");
  expect(card).toContain("| val/beat | 0.91 |");
  expect(card).toContain("| plots/loss.png | 5 |");
});

test("a run on a tracking server gives the same, page by page", async () => {
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer(pathname, searchParams)));
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  await importRun({ run: RUN, tracking: `http://127.0.0.1:${port}`, into: dir });

  const manifest = JSON.parse(await readFile(join(dir, "manifest.json"), "utf8"));
  expect(manifest.lineage).toEqual(LINEAGE);
  expect(await readFile(join(dir, "card.md"), "utf8")).toContain("| plots/loss.png | 5 |");
});

function answer(path: string, query: URLSearchParams): unknown {
  if (path.endsWith("/experiments/get")) return { experiment: { experiment_id: "7", name: "beat" } };
  if (path.endsWith("/artifacts/list")) {
    if (query.get("path") === "plots") return { files: [{ path: "plots/loss.png", file_size: "5" }] };
    if (query.get("page_token") === "more") return { files: [{ path: "plots", is_dir: true }] };
    return { next_page_token: "more" };
  }
  return {
    run: {
      info: { run_name: "skeleton", experiment_id: "7", start_time: 1795366001957, status: "FINISHED" },
      data: {
        params: [
          { key: "learning_rate", value: "0.001" },
          { key: "data_hash", value: "f00d" },
        ],
        metrics: [
          { key: "val/beat", value: 0.91 },
          { key: "broken", value: "NaN" },
        ],
        tags: [{ key: "mlflow.source.git.commit", value: "abc123" }],
      },
    },
  };
}

test("a run that is not there, and an id that is a path, are named", async () => {
  const tracking = await writeRun();

  await expect(importRun({ run: "0".repeat(32), tracking, into: dir })).rejects.toThrow(/^No MLflow run 0+ in /);
  await expect(importRun({ run: "../../etc", tracking, into: dir })).rejects.toThrow(
    '"../../etc" is no id of an MLflow run',
  );
  await expect(importRun({ run: RUN, tracking: "http://127.0.0.1:9", into: dir })).rejects.toThrow(/cannot be reached/);
});
