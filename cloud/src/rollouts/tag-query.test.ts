import { InputError } from "@tactus/shared";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareVersions, parseTagQuery, type QueryableDevice } from "./tag-query.js";

const box: QueryableDevice = {
  deviceId: "club-nord.main",
  tags: ["pilot", "berlin"],
  model: "tactus-small 0.2.0",
  version: "0.10.1",
};

describe("tag query", () => {
  it.each([
    ["pilot", true],
    ["tag:pilot", true],
    ["loud", false],
    ["pilot and not venue:club", true],
    ["pilot and not venue:club-*", false],
    ["loud or berlin", true],
    ["not loud and berlin", true],
    ["not (loud or berlin)", false],
    ["loud or pilot and berlin", true],
    ["(loud or pilot) and paris", false],
    ["device:main", true],
    ["device:club-nord.main", true],
    ["model:tactus-small", true],
    ["model:tactus-small@0.2.0", true],
    ["model:*@0.3.*", false],
    ["version:>=0.9.0", true],
    ["version:<0.10.1", false],
    ["version:0.10.*", true],
    ["all", true],
    ["none", false],
    ["b*l*n", true],
    ["*lot", true],
  ])("%s is %s", (query, expected) => {
    expect(parseTagQuery(query)(box)).toBe(expected);
  });

  it.each([
    ["", "at character 1: expected a tag"],
    ["pilot and", "at character 10: expected a tag"],
    ["pilot berlin", 'at character 7: expected "and" or "or" before "berlin"'],
    ["(pilot or loud", 'at character 15: expected ")" for the "(" at 1'],
    ["pilot)", "at character 6"],
    ["city:berlin", 'at character 1: "city" is none of tag, venue'],
    ["pilot and venue:", 'at character 11: expected a value after "venue:"'],
    ["version:>new", '"new" is no version'],
    ["pilot & loud", 'at character 7: "&" has no meaning'],
    ["x".repeat(501), "has 501 characters"],
    ["not ".repeat(60), 'more than 32 brackets or "not"'],
  ])("refuses %j and says where", (query, message) => {
    expect(() => parseTagQuery(query)).toThrow(message);
    expect(() => parseTagQuery(query)).toThrow(InputError);
  });

  it("gives a test or one clear error, whatever it is given", () => {
    const words = fc.constantFrom(
      "pilot",
      "and",
      "or",
      "not",
      "(",
      ")",
      "venue:a*",
      "version:>1",
      "*",
      ":",
      " ",
      "&",
      "all",
    );
    const queries = fc.oneof(
      fc.array(words, { maxLength: 60 }).map((parts) => parts.join(" ")),
      fc.string({ maxLength: 80 }),
    );
    fc.assert(
      fc.property(queries, (query) => {
        try {
          expect(typeof parseTagQuery(query)(box)).toBe("boolean");
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 5000, seed: 5 },
    );
  });

  it("means what its words mean, however they are nested", () => {
    type Tree = { query: string; value: boolean };
    const leaf = fc.constantFrom<Tree>({ query: "pilot", value: true }, { query: "loud", value: false });
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof(
        { depthSize: "small", maxDepth: 5 },
        leaf,
        fc
          .tuple(tie("tree"), tie("tree"))
          .map(([a, b]) => ({ query: `(${a.query} and ${b.query})`, value: a.value && b.value })),
        fc
          .tuple(tie("tree"), tie("tree"))
          .map(([a, b]) => ({ query: `(${a.query} or ${b.query})`, value: a.value || b.value })),
        tie("tree").map((a) => ({ query: `not ${a.query}`, value: !a.value })),
      ),
    }));
    fc.assert(
      fc.property(tree, ({ query, value }) => {
        fc.pre(query.length <= 500);
        expect(parseTagQuery(query)(box)).toBe(value);
      }),
      { numRuns: 1000, seed: 5 },
    );
  });

  it("orders versions by number", () => {
    expect(["0.10.0", "0.9.9", "1.0.0", "0.9.10"].sort(compareVersions)).toEqual([
      "0.9.9",
      "0.9.10",
      "0.10.0",
      "1.0.0",
    ]);
  });
});
