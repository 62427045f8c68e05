import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MARK_LENGTH, MAX_MARKS, markFileOf, markLine, parseMark } from "../beat-mark.js";
import { BeatMarker } from "./beat-marker.js";

let stateDir = "";
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "tactus-marks-"));
});
afterEach(() => rmSync(stateDir, { recursive: true }));

const beats = () => join(stateDir, "beats");
const files = () => readdirSync(beats()).sort();

function marker(session: string, sessionNumber: number) {
  const said: string[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => void said.push(JSON.parse(line).msg) });
  const one = new BeatMarker({ stateDir, session, sessionNumber, log });
  one.start();
  return { marker: one, said };
}

test("the newest beat of a session is in its mark, revisions and strange ids are not", async () => {
  const { marker: one, said } = marker("a", 7);

  one.note("a-0", 100);
  one.note("a-1", 200);
  one.note("a-0", 999);
  one.note("a-1", 999);
  one.note("unnumbered", 999);
  await one.stop();

  const content = readFileSync(join(beats(), "7-a"), "latin1");
  expect(content).toHaveLength(MARK_LENGTH);
  expect(parseMark(content)).toEqual({ name: "a", number: 1, atUs: 200 });
  expect(said).toEqual([]);
});

test("of many beats at once the last one is written", async () => {
  const { marker: one } = marker("a", 7);

  for (let k = 0; k < 5000; k++) one.note(`a-${k}`, k);
  await one.stop();

  expect(parseMark(readFileSync(join(beats(), "7-a"), "latin1"))?.number).toBe(4999);
});

test("a new session leaves the marks of others alone, and removes those of sessions without a beat", async () => {
  const first = marker("a", 1);
  first.marker.note("a-0", 1);
  await first.marker.stop();
  await marker("b", 2).marker.stop();
  await marker("c", 3).marker.stop();

  expect(files()).toEqual(["1-a", "3-c"]);
});

test("more sessions than an agent was there to count are not marked, and that is told", async () => {
  mkdirSync(beats());
  for (let k = 0; k < MAX_MARKS; k++) {
    writeFileSync(join(beats(), markFileOf("old", k)), markLine({ name: `old${k}`, number: k, atUs: k }));
  }

  const { marker: one, said } = marker("a", 1000);
  one.note("a-0", 1);
  await one.stop();

  expect(files()).toHaveLength(MAX_MARKS);
  expect(said).toEqual(["The newest beat cannot be noted: what falls without an agent is not counted"]);
});

test("without a folder beats go on, and it is told once", async () => {
  writeFileSync(beats(), "no folder");

  const { marker: one, said } = marker("a", 1);
  for (let k = 0; k < 3; k++) one.note(`a-${k}`, k);
  await one.stop();

  expect(said).toHaveLength(1);
});
