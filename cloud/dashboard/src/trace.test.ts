import { expect, it } from "vitest";
import { Trace } from "./trace.js";

it("trace keeps the last stretch of time, ignores repeats, and stays small", () => {
  const trace = new Trace({ keptUs: 1000, width: 2 });
  for (let at = 1; at <= 50_000; at += 10) trace.add(at, at / 10, 1);
  trace.add(49_000, 7, 7);
  trace.add(60_000, 1);

  expect(trace.length).toBeLessThan(200);
  expect(trace.since(49_970).map((row) => row[0])).toEqual([49_971, 49_981, 49_991]);
  expect(trace.since(99_999)).toEqual([]);
});
