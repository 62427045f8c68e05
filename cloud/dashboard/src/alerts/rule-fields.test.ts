import { expect, it } from "vitest";
import { changeOf, textOf } from "./rule-fields.js";

it("reads back what it shows, and leaves out what nobody has set", () => {
  const change = { enabled: false, raise: 0.5, cooldownS: 0 };

  expect(changeOf(textOf(change))).toEqual(change);
  expect(changeOf(textOf(undefined))).toBeUndefined();
});

it("takes a comma for a point and drops what is no number", () => {
  expect(changeOf({ ...textOf(undefined), raise: " 80,5 ", clear: "warm" })).toEqual({ raise: 80.5 });
});
