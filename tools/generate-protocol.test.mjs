import * as shared from "@tactus/shared";
import { expect, test } from "vitest";
import { generate } from "./generate-protocol.mjs";
import { commentsOf } from "./protocol/comments.mjs";
import { rowsOf, typeOf } from "./protocol/fields.mjs";

test("the page has a row for every topic of shared", () => {
  const page = generate(shared);

  for (const leaf of shared.LEAVES) expect(page).toContain(`| \`${leaf}\` |`);
});

test("generate refuses a topic without a row", () => {
  const later = { ...shared, LEAVES: [...shared.LEAVES, "weather"] };

  expect(() => generate(later)).toThrow("No row in tools/protocol/topic-table.mjs for: weather");
});

test("comments are found at fields, nested fields and members of a union", () => {
  const source = [
    "export const Box = z.object({",
    "  /** How wide. */",
    "  width: z.number(),",
    "  inner: z.object({",
    "    /** How",
    "     * deep. */",
    "    /**",
    "     * How deep,",
    "     * really.",
    "     */",
    "    depth: z.number(),",
    "  }),",
    "  beats: z.array(Beat),",
    "});",
    'export const Action = z.discriminatedUnion("action", [',
    "  /** Move. */",
    '  z.object({ ...command("nudge"), ms: z.number() }),',
    "]);",
  ].join("\n");

  const { texts, refs } = commentsOf(source);

  expect(texts.get("Box.width")).toBe("How wide.");
  expect(texts.get("Box.inner.depth")).toBe("How deep, really.");
  expect(texts.get("Action.nudge")).toBe("Move.");
  expect(refs.get("Box.beats")).toBe("Beat");
});

test("a number's range is written out and the largest safe integer is not", () => {
  expect(typeOf({ type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER })).toBe("integer, ≥ 0");
  expect(typeOf({ type: "number", minimum: -1, maximum: 1 })).toBe("number, -1 to 1");
});

test("rows of an array of objects carry the array in their path", () => {
  const schema = {
    type: "object",
    properties: { beats: { type: "array", items: { type: "object", properties: { at: { type: "number" } } } } },
    required: ["beats"],
  };

  expect(rowsOf(schema).map((row) => row.path.join("."))).toEqual(["beats", "beats.[].at"]);
});
