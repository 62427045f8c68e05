import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLog } from "../log.js";
import { loadArtifact } from "../model/artifact.js";
import { incomingDir, ModelSlots } from "./model-slots.js";

const MANIFEST = fileURLToPath(new URL("../../../models/artifacts/beat/manifest.json", import.meta.url));

let stateDir: string;
let bundledDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "tactus-slots-"));
  bundledDir = join(stateDir, "bundled");
  await artifact(bundledDir, "1.0.0");
});
afterEach(() => rm(stateDir, { recursive: true }));

/** A folder that is whole, as far as its manifest and hash go. */
async function artifact(dir: string, version: string): Promise<void> {
  const bytes = Buffer.from(`model ${version}`);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const manifest = JSON.parse(await readFile(MANIFEST, "utf8"));
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, manifest.file), bytes);
  await writeFile(join(dir, "manifest.json"), JSON.stringify({ ...manifest, version, sha256, bytes: bytes.length }));
}

/** The box is switched on. */
async function boot(): Promise<ModelSlots> {
  const slots = new ModelSlots({
    stateDir,
    bundledDir,
    check: async (dir) => (await loadArtifact(dir)).manifest,
    maxCrashes: 3,
    nowUs: () => 1,
    log: openLog("test", "silent"),
  });
  await slots.open();
  return slots;
}

const versionOf = async (slots: ModelSlots): Promise<string> =>
  (await loadArtifact(await slots.choose())).manifest.version;

async function update(version: string, { isKept = true } = {}): Promise<ModelSlots> {
  await artifact(incomingDir(stateDir), version);
  const slots = await boot();
  await slots.tryModel({ id: version, from: "incoming", ofS: 60 });
  if (isKept) await slots.commit();
  return slots;
}

test("slots of a new box are empty, and the bundled model runs", async () => {
  const slots = await boot();

  expect(await versionOf(slots)).toBe("1.0.0");
  expect(slots.facts()).toMatchObject({ active: { version: "1.0.0" }, standby: null, probation: null });
});

test("slots take turns, and the one that runs is never written to", async () => {
  for (const version of ["2.0.0", "3.0.0", "4.0.0", "5.0.0"]) {
    const before = (await boot()).facts().active;

    const slots = await update(version);

    expect(await versionOf(await boot())).toBe(version);
    expect(slots.facts().standby).toEqual(before);
  }
});

test("slots go back to the standby and to the bundled model without anything being fetched", async () => {
  await update("2.0.0");
  const slots = await update("3.0.0");

  await slots.tryModel({ id: "down", from: "a", ofS: 0 });
  await slots.commit();
  expect(await versionOf(await boot())).toBe("2.0.0");
  await slots.tryModel({ id: "further down", from: "bundled", ofS: 0 });
  await slots.commit();
  expect(await versionOf(await boot())).toBe("1.0.0");
  expect(
    (await boot())
      .facts()
      .places.map(({ version }) => version)
      .sort(),
  ).toEqual(["1.0.0", "2.0.0", "3.0.0"]);
});

test("reboot loop on a candidate ends after three starts, over power cuts", async () => {
  await update("2.0.0");
  await update("3.0.0", { isKept: false });

  const ran = [];
  for (let k = 0; k < 5; k++) ran.push(await versionOf(await boot()));

  expect(ran).toEqual(["3.0.0", "3.0.0", "3.0.0", "2.0.0", "2.0.0"]);
  expect((await boot()).facts().outcome).toMatchObject({ id: "3.0.0", result: "rolled-back" });
});

test("crashes count as well, and a candidate that went back can be replaced by its fix", async () => {
  const slots = await update("2.0.0", { isKept: false });
  await slots.count({ crashes: 3 });

  expect(await versionOf(await boot())).toBe("1.0.0");
  await update("2.0.1");
  expect(await versionOf(await boot())).toBe("2.0.1");
});

test("a damaged model gives way to the one before, and that to the bundled one", async () => {
  await update("2.0.0");
  await update("3.0.0");

  await writeFile(join(stateDir, "models/b/beat.onnx"), "rust");
  expect(await versionOf(await boot())).toBe("2.0.0");
  await rm(join(stateDir, "models/a"), { recursive: true });
  expect(await versionOf(await boot())).toBe("1.0.0");
  expect((await boot()).facts()).toMatchObject({ active: { version: "1.0.0" }, standby: null });
});

test.each([
  ["cut off", (text: string) => text.slice(0, 50)],
  ["empty", () => ""],
  ["not JSON", () => "rust"],
  ["changed", (text: string) => text.replace("bundled", "b")],
  ["huge", () => "x".repeat(10_000_000)],
])("a state file that is %s is no state: the bundled model runs, and the slots are not lost", async (_, damage) => {
  await update("2.0.0");
  const path = join(stateDir, "models/slots.json");
  await writeFile(path, damage(await readFile(path, "utf8")));

  const slots = await boot();

  expect(await versionOf(slots)).toBe("1.0.0");
  await slots.tryModel({ id: "again", from: "a", ofS: 0 });
  await slots.commit();
  expect(await versionOf(await boot())).toBe("2.0.0");
});

test("a candidate whose starts cannot be counted is not started", async () => {
  await update("2.0.0", { isKept: false });
  await mkdir(join(stateDir, "models/slots.json.new")); // a disk that takes no more

  const slots = await boot();

  expect(await versionOf(slots)).toBe("1.0.0");
  expect(slots.facts().outcome?.reason).toContain("cannot be counted");
});

test("an incoming model that is not whole changes nothing", async () => {
  await update("2.0.0");
  await artifact(incomingDir(stateDir), "3.0.0");
  await writeFile(join(incomingDir(stateDir), "beat.onnx"), "half");
  const slots = await boot();

  await expect(slots.tryModel({ id: "x", from: "incoming", ofS: 0 })).rejects.toThrow(/SHA-256/);

  expect(await versionOf(await boot())).toBe("2.0.0");
});

test("no chain of random events leaves the box without a model", async () => {
  let state = 3;
  const chance = (below: number) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
  for (let k = 0; k < 150; k++) {
    const slots = await boot();
    const what = chance(7);
    if (what === 0) await update(`2.0.${k}`, { isKept: chance(2) === 0 });
    if (what === 1) await slots.rollBack("chance");
    if (what === 2) await slots.commit();
    if (what === 3)
      await writeFile(join(stateDir, `models/${["a", "b"][chance(2)]}/beat.onnx`), "rust").catch(() => {});
    if (what === 4) await rm(join(stateDir, `models/${["a", "b"][chance(2)]}`), { recursive: true, force: true });
    if (what === 5) await writeFile(join(stateDir, "models/slots.json"), "rust");
    if (what === 6) await slots.count({ crashes: chance(5) });
    expect(await versionOf(await boot())).toMatch(/^\d/);
  }
});
