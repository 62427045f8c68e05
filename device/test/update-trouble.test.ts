/** Updates that go wrong: power, disk, and candidates of every bad kind. Each time the box has a working model. */
import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ModelManifest, systemClock } from "@tactus/shared";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEFAULT_MODEL_DIR } from "../src/default-model.js";
import { Trials } from "../src/update/trial/trials.js";
import { bootsWith, KillMatrix, modelFolder } from "./kill-matrix.mjs";
import { tinyOnnx } from "./tiny-onnx.mjs";

const matrix = new KillMatrix();
beforeAll(() => matrix.prepare(), 120_000);
afterAll(() => matrix.tidy());

/** Every eleventh here, before and in the middle of it; all of them: node benchmarks/model-update.mjs */
test("an update that is killed at a change of the disk leaves a working model, and goes through later", async () => {
  const came = new Set<string>();
  for (let at = 1; ; at += 11) {
    const how = at % 4 === 1 ? "half" : "before";
    const result = await matrix.kill({ at, how });
    if (result.isOver) break;
    came.add(result.came as string);
    expect({ at, how, ...result }).toMatchObject({ code: 0, ends: "9.9.9" });
  }

  expect([...came].sort()).toEqual(["6.0.0", "9.9.9"]);
}, 180_000);

test.each(["checking", "downloading", "golden", "waiting", "probation", "committed"])(
  "an update that is killed while %s leaves a working model, and goes on from there",
  async (dieIn) => {
    const result = await matrix.kill({ dieIn });

    expect(result).toMatchObject({ isOver: false, code: 0, ends: "9.9.9" });
  },
);

test.each([1, 6, 12, 20, 30, 45, 60])(
  "a disk that is full from its change %i on keeps a working model, and the update goes through when there is room",
  async (at) => {
    const result = await matrix.fill(at);

    expect(result).toMatchObject({ ends: "9.9.9", laterCode: 0 });
    expect(["6.0.0", "9.9.9"]).toContain(result.came);
  },
);

/** A bundle whose manifest and ONNX file are changed. */
async function candidate(version: string, change: (manifest: Manifest) => Buffer | undefined): Promise<string> {
  const folder = await modelFolder(join(matrix.folder, "models"), [version]);
  const dir = join(folder, "tactus-beat", version);
  const manifest = JSON.parse(await readFile(join(dir, "manifest.json"), "utf8")) as Manifest;
  const onnx = change(manifest);
  if (onnx) {
    await writeFile(join(dir, manifest.file), onnx);
    manifest.sha256 = createHash("sha256").update(onnx).digest("hex");
  }
  await writeFile(join(dir, "manifest.json"), JSON.stringify(manifest));
  return dir;
}

interface Manifest {
  file: string;
  sha256: string;
  streaming: Parameters<typeof tinyOnnx>[0];
  golden: { minAgreement: number; hopBudgetMs: number; beats: { time: number }[] } | undefined;
}

const withGolden = (manifest: Manifest, change: Partial<NonNullable<Manifest["golden"]>>): undefined => {
  manifest.golden = { ...(manifest.golden as NonNullable<Manifest["golden"]>), ...change };
};

const withoutGolden = (manifest: Manifest): undefined => {
  manifest.golden = undefined;
};

test.each<[string, string, RegExp, (manifest: Manifest) => Buffer | undefined]>([
  ["7.0.1", "is no model at all", /failed: The trial failed/, () => Buffer.from("rust".repeat(1000))],
  ["7.0.2", "gives no numbers", /failed: .*not finite/, ({ streaming }) => tinyOnnx(streaming, Number.NaN)],
  [
    "7.0.3",
    "never beats",
    /refused: .*golden clip is not reproduced here: 0 %/,
    ({ streaming }) => tinyOnnx(streaming, 0),
  ],
  [
    "7.0.4",
    "is slower than it may be",
    /refused: Too slow for this box/,
    (manifest) => withGolden(manifest, { hopBudgetMs: 0.001 }),
  ],
  ["7.0.5", "carries no clip", /refused: .*no golden clip/, withoutGolden],
  [
    "7.0.6",
    "takes other shapes than it says",
    /failed: The trial failed/,
    ({ streaming }) => tinyOnnx({ ...(streaming as ModelManifest["streaming"]), channels: 32 }, 0.1),
  ],
])("a candidate (%s) that %s is not taken", async (version, _, reason, change) => {
  await candidate(version, change);
  const state = join(matrix.folder, `state-${version}`);

  const { code, stdout } = await matrix.update(state, version);

  expect(stdout).toMatch(reason);
  expect(code).toBe(1);
  expect(await bootsWith(state)).toBe("0.2.0");
  expect((await matrix.update(state, "9.9.9", { ROLLOUT: "fix" })).code).toBe(0);
  await rm(state, { recursive: true });
});

/** A trial process that does this when it is given work. */
async function trialThat(does: string): Promise<Trials> {
  const main = join(matrix.folder, "bad-trial.mjs");
  await writeFile(main, `process.on("message", () => { ${does} });`);
  return new Trials({ clock: systemClock, main, hungS: 3, maxResidentMb: 150 });
}

test.each([
  ["crashes", "process.abort()", /crashed its trial \(SIGABRT\)/],
  ["ends", "process.exit(3)", /crashed its trial \(exit code 3\)/],
  ["hangs", "for (;;);", /hangs: no sign of work for 3 s/],
  [
    "takes all memory",
    `globalThis.held = Buffer.alloc(2e8, 1); process.send({ kind: "alive", residentMb: process.memoryUsage.rss() / 1e6 });`,
    /MB of memory, at most 150/,
  ],
])("a candidate that %s is ended in its own process", async (_, does, reason) => {
  const trials = await trialThat(does);

  await expect(trials.golden(DEFAULT_MODEL_DIR, new AbortController().signal)).rejects.toThrow(reason);
});

test("a trial that is called off ends at once", async () => {
  const trials = await trialThat("setInterval(() => {}, 1000)");
  const abort = new AbortController();
  const run = trials.golden(DEFAULT_MODEL_DIR, abort.signal);

  abort.abort(new Error("Called off"));

  await expect(run).rejects.toThrow("Called off");
});
