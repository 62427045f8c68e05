import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { QualityTable, readQualityFile } from "./model-quality.js";

test("the first entry that fits a model counts", () => {
  const table = new QualityTable();

  expect(table.of("beat 1.2.3").octaveFlipsPerHour).toBe(0.4);
  expect(table.of("beat 1.2.13").octaveFlipsPerHour).toBe(12);
  expect(table.of("beat 1.2.66").crashesPerHour).toBe(20);
  expect(table.of("beat 1.2.130").octaveFlipsPerHour).toBe(0.4);
});

test("a table from a file is checked, and its fields have defaults", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tactus-quality-"));
  const file = join(folder, "quality.json");
  try {
    writeFileSync(file, JSON.stringify({ models: [{ model: "beat 2.*", quality: { confidence: 0.5 } }] }));
    const table = new QualityTable(await readQualityFile(file));
    expect(table.of("beat 2.0.1")).toMatchObject({ confidence: 0.5, hopP99Ms: 2 });
    expect(table.of("beat 1.0.0").confidence).toBe(0.9);

    writeFileSync(file, JSON.stringify({ models: [{ model: "x", quality: { confidence: 2 } }] }));
    await expect(readQualityFile(file)).rejects.toThrow(`Quality table ${file}: models.0.quality.confidence`);
    await expect(readQualityFile(`${file}.gone`)).rejects.toThrow("cannot be read");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
