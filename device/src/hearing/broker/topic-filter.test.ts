import { expect, test } from "vitest";
import { filterCovers } from "./topic-filter.js";

test.each([
  ["a/b", "a/b", true],
  ["a/b", "a/b/c", false],
  ["a/+", "a/b", true],
  ["a/+", "a/b/c", false],
  ["a/+/c", "a/b/c", true],
  ["a/#", "a", true],
  ["a/#", "a/b/c", true],
  ["#", "a/b", true],
  ["#", "$SYS/x", false],
  ["+/x", "$SYS/x", false],
  ["$SYS/#", "$SYS/x", true],
  ["a/b/+", "a/b", false],
  ["", "a", false],
])("filter %s against topic %s is %s", (filter, topic, covers) => {
  expect(filterCovers(filter, topic)).toBe(covers);
});
