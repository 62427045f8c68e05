import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StateDir } from "./state-dir.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactus-state-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function opened(): Promise<StateDir> {
  const state = new StateDir(join(folder, "state"));
  await state.open();
  return state;
}

test("sessions are numbered on over restarts and never called alike", async () => {
  const first = await opened();
  const before = [await first.nextSession(), await first.nextSession()];

  const after = await (await opened()).nextSession();

  expect([...before, after].map(({ sessionNumber }) => sessionNumber)).toEqual([1, 2, 3]);
  expect(after.session).toMatch(/^0003[0-9a-f]{4}$/);
});

test("the pairing code is made once, and easy to read aloud", async () => {
  const code = await (await opened()).pairingCode();

  expect(code).toMatch(/^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$/);
  expect(await (await opened()).pairingCode()).toBe(code);
});

test("the time floor only rises", async () => {
  const state = await opened();

  await state.raiseTimeFloor(1_900_000_000_000);
  await state.raiseTimeFloor(1_800_000_000_000);

  expect(await (await opened()).timeFloorMs()).toBe(1_900_000_000_000);
});

test("a time floor is known before anything was written", async () => {
  expect(await (await opened()).timeFloorMs()).toBe(Date.UTC(2026, 0, 1));
});

test("damaged files are no obstacle", async () => {
  await opened();
  await writeFile(join(folder, "state", "session-number"), "\0\0\0");
  await writeFile(join(folder, "state", "time-floor"), "");

  const state = await opened();

  expect((await state.nextSession()).sessionNumber).toBe(1);
  expect(await state.timeFloorMs()).toBe(Date.UTC(2026, 0, 1));
});

test("nothing half-written is left behind", async () => {
  const state = await opened();
  await state.nextSession();
  await state.pairingCode();

  expect((await readdir(join(folder, "state"))).sort()).toEqual(["pairing-code", "session-number"]);
});

test("a folder that cannot be made is said with its remedy", async () => {
  await writeFile(join(folder, "state"), "a file");

  await expect(opened()).rejects.toThrow(/cannot be written .*; choose another stateDir/);
});

test("sessions go on when the disk has gone bad", async () => {
  const state = await opened();
  await rm(join(folder, "state"), { recursive: true });

  expect((await state.nextSession()).sessionNumber).toBe(1);
});
