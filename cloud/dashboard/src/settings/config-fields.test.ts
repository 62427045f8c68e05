import { expect, it } from "vitest";
import { patchOf, textOfConfig } from "./config-fields.js";

it("asks only for what was changed, and takes out what was emptied", () => {
  const before = { leadMs: 250, publicRead: false, logLevel: "debug" } as const;
  const text = textOfConfig(before);

  expect(patchOf(before, text)).toEqual({});
  expect(patchOf(before, { ...text, leadMs: "", freezeMs: "80,5", publicRead: "true" })).toEqual({
    leadMs: null,
    freezeMs: 80.5,
    publicRead: true,
  });
});
