import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DEFAULT_MODEL_DIR } from "../default-model.js";
import { CheckedFile } from "../update/checked-file.js";
import { FIRST_STATE, SlotState, tried } from "../update/slot-state.js";
import { checkUpdates } from "./update-checks.js";

let stateDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "tactus-doctor-"));
});
afterEach(() => rm(stateDir, { recursive: true }));

test("a box without updates says so, and one with modelDir that slots are not used", async () => {
  expect((await checkUpdates(stateDir, undefined))[0]).toMatchObject({
    state: "ok",
    message: expect.stringContaining("empty"),
  });
  expect((await checkUpdates(stateDir, "/m"))[0]?.message).toContain("not used");
});

test("slots are named with their versions, and damage is a warning", async () => {
  await cp(DEFAULT_MODEL_DIR, join(stateDir, "models/a"), { recursive: true });
  const file = new CheckedFile(join(stateDir, "models/slots.json"), SlotState);
  await file.write(tried(FIRST_STATE, { id: "u", place: "a", ofS: 60 }));

  const message =
    "active: tactus-beat 0.2.0 (slot a), on probation for 60 s more; ready to go back to: the bundled model";
  expect(await checkUpdates(stateDir, undefined)).toEqual([{ subject: "model slots", state: "ok", message }]);
  await writeFile(join(stateDir, "models/a/beat.onnx"), "rust");
  expect((await checkUpdates(stateDir, undefined))[0]).toMatchObject({ state: "warning" });
  await writeFile(join(stateDir, "models/slots.json"), "rust");
  expect((await checkUpdates(stateDir, undefined))[0]).toMatchObject({ state: "warning" });
});
