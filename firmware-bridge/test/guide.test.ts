import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { BridgeConfig } from "../src/config.js";
import { createOutput } from "../src/output-kinds.js";
import { testContext } from "./conductor.js";

const guide = readFileSync(new URL("../../docs/guides/lights-and-software.md", import.meta.url), "utf8");
const examples = guide.split(/^## /m).flatMap((chapter) =>
  [...chapter.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = ""]) => ({
    heading: chapter.split("\n")[0],
    text,
  })),
);

describe("guide to lighting software", () => {
  test.each(examples)("shows outputs that can be made: $heading", ({ text }) => {
    const config = BridgeConfig.parse(parse(text));

    const outputs = Object.values(config.outputs).map((output) => createOutput(output, testContext(""), {} as never));

    expect(outputs.length).toBeGreaterThan(0);
  });
});
