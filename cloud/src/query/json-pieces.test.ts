import { expect, test } from "vitest";
import { jsonPieces } from "./json-pieces.js";

const textOf = (things: unknown[]) => new Response(jsonPieces("things", things, null)).text();

test("the pieces are the same JSON as the whole", async () => {
  for (const count of [0, 1, 99, 100, 101, 200, 1234]) {
    const things = Array.from({ length: count }, (_, index) => ({ index, text: 'a "quoted" ü' }));
    expect(await textOf(things), String(count)).toBe(JSON.stringify({ things, next: null }));
  }
});
