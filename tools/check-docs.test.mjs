import { expect, test } from "vitest";
import { anchorsOf, commandsOf, linksOf } from "./check/markdown.mjs";
import { countsOf as pytestCounts } from "./check/models-tests.mjs";
import { hostsIn, optionalWithoutEntry } from "./check/steps.mjs";
import { countsOf } from "./check/unit-tests.mjs";

test("links in prose are found, links in code and to other sites are not", () => {
  const text = "[a](docs/a.md#x) ![b](b.png) [c](https://c.example)\n```\n[d](d.md)\n```\n`[e](e.md)`";

  expect(linksOf(text)).toEqual(["docs/a.md#x", "b.png"]);
});

test("anchors are made as GitHub makes them", () => {
  expect(anchorsOf("# The `beat` topic\n\n## What dies, and then?\n")).toEqual([
    "the-beat-topic",
    "what-dies-and-then",
  ]);
});

test("commands are found in shell blocks and in inline code, and output is not taken for one", () => {
  const text =
    "Run `npm test`.\n```sh\n$ tactus track song.ogg\nnpm run models:train\n```\n```json\nnpm run no\n```\ntactus is fine";

  expect(commandsOf(text).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    "tactus track",
    "script models:train",
    "script test",
  ]);
});

test("a lock file with a host is refused", () => {
  const lock = { packages: { "node_modules/a": { resolved: "https://registry.example/a.tgz" } } };

  expect(hostsIn(lock)).toHaveLength(1);
  expect(hostsIn({ packages: { shared: { resolved: "shared", link: true } } })).toEqual([]);
});

test("a lock file without an entry for another system's binary is refused", () => {
  const lock = {
    packages: {
      "node_modules/a": { optionalDependencies: { "a-linux": "1", "@a/win32": "1" } },
      "node_modules/a-linux": {},
    },
  };

  expect(optionalWithoutEntry(lock).map((fault) => fault.split(",")[0])).toEqual(["node_modules/a may need @a/win32"]);
});

test("a test file that cannot be loaded counts as a failure", () => {
  const report = {
    numPassedTests: 3,
    numFailedTests: 0,
    numPendingTests: 1,
    numTodoTests: 0,
    testResults: [{ status: "failed", assertionResults: [] }],
  };

  expect(countsOf(report)).toEqual({ passed: 3, failed: 1, testsSkipped: 1 });
});

test("pytest's last line is counted", () => {
  expect(pytestCounts("...\n== 12 passed, 1 failed, 2 skipped in 3.21s ==")).toEqual({
    passed: 12,
    failed: 1,
    testsSkipped: 2,
  });
});
