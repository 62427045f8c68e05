import { expect, test } from "vitest";
import { beatNumberOf, MARK_LENGTH, markFileOf, markLine, orderOf, parseMark } from "./beat-mark.js";

const MARK = { name: "002a8f1c", number: 1234, atUs: 1_800_000_000_000_000 };

test("a mark is read as it was written, and always takes the same room", () => {
  const line = markLine(MARK);

  expect(line).toHaveLength(MARK_LENGTH);
  expect(parseMark(line)).toEqual(MARK);
});

test.each(["", " ".repeat(MARK_LENGTH), "\0".repeat(MARK_LENGTH), markLine(MARK).slice(0, 50), "a b c\n"])(
  "half a mark or none is no mark: %j",
  (line) => expect(parseMark(line)).toBe(undefined),
);

test("a file of a mark tells which session was later", () => {
  expect(orderOf(markFileOf("002a8f1c", 42))).toBe(42);
  expect(orderOf("newest-beat")).toBe(undefined);
});

test("a beat id ends in its number", () => {
  expect(beatNumberOf("002a8f1c-17")).toEqual({ name: "002a8f1c", number: 17 });
  expect(["noNumber", "a-", "a-01", "-1"].map(beatNumberOf)).toEqual([undefined, undefined, undefined, undefined]);
});
