import { expect, test } from "vitest";
import { importsOf } from "./boundaries/imports.mjs";
import { checkBoundaries } from "./check-boundaries.mjs";

/** A small tree: path -> text. Returns "rule: from → to" for each violation. */
function check(tree) {
  return checkBoundaries(new Map(Object.entries(tree))).map(({ rule, from, to }) => `${rule}: ${from} → ${to}`);
}

test("a tree that keeps the rules has no violations", () => {
  const tree = {
    "shared/src/beat.ts": 'import { z } from "zod";\nexport const Beat = z.object({});\n',
    "device/src/capture/audio-source.ts": "export interface AudioSource {}\n",
    "device/src/decoder/filter.ts":
      'import type { AudioSource } from "../capture/audio-source.js";\nimport { Beat } from "@tactus/shared";\n',
    "device/src/runtime.ts": 'import "./decoder/filter.js";\nimport { readFileSync } from "node:fs";\n',
    "cloud/dashboard/src/api.ts": 'import type { App } from "../../src/app.js";\nimport React from "react";\n',
    "cloud/src/app.ts": "export type App = unknown;\n",
  };

  expect(check(tree)).toEqual([]);
});

test("rule 1 refuses a package in shared", () => {
  expect(check({ "shared/src/topics.ts": 'import mqtt from "mqtt";\n' })).toEqual(["1: shared/src/topics.ts → mqtt"]);
});

test("rule 1 refuses a workspace in shared", () => {
  const tree = { "shared/src/a.ts": 'import type { X } from "@tactus/device";\n' };

  expect(check(tree)).toEqual(["1: shared/src/a.ts → @tactus/device"]);
});

test("rule 2 refuses cloud in device by path", () => {
  const tree = {
    "device/src/a.ts": 'import { b } from "../../cloud/src/b.js";\n',
    "cloud/src/b.ts": "export const b = 1;\n",
  };

  expect(check(tree)).toEqual(["2: device/src/a.ts → cloud/src/b.ts"]);
});

test("rule 2 refuses device in cloud by package, in tests and for types too", () => {
  const tree = { "cloud/test/a.test.ts": 'import type { Hop } from "@tactus/device/pipeline";\n' };

  expect(check(tree)).toEqual(["2: cloud/test/a.test.ts → @tactus/device/pipeline"]);
});

test("rule 2 refuses the bridge in device", () => {
  const tree = { "device/src/a.ts": 'const bridge = await import("@tactus/bridge");\n' };

  expect(check(tree)).toEqual(["2: device/src/a.ts → @tactus/bridge"]);
});

test("rule 3 refuses code of the cloud in the dashboard", () => {
  const tree = {
    "cloud/dashboard/src/api.ts": 'import { app } from "../../src/app.js";\n',
    "cloud/src/app.ts": "export const app = 1;\n",
  };

  expect(check(tree)).toEqual(["3: cloud/dashboard/src/api.ts → cloud/src/app.ts"]);
});

test("rule 3 refuses other types of the cloud in the dashboard", () => {
  const tree = {
    "cloud/dashboard/src/api.ts": 'import type { Row } from "../../src/store/rows.js";\n',
    "cloud/src/store/rows.ts": "export interface Row {}\n",
  };

  expect(check(tree)).toEqual(["3: cloud/dashboard/src/api.ts → cloud/src/store/rows.ts"]);
});

test("rule 5 refuses the implementation of another stage", () => {
  const tree = {
    "device/src/decoder/filter.ts": 'import { OnnxModel } from "../model/onnx-model.js";\n',
    "device/src/model/onnx-model.ts": "export class OnnxModel {}\n",
  };

  expect(check(tree)).toEqual(["5: device/src/decoder/filter.ts → device/src/model/onnx-model.ts"]);
});

test("rule 5 lets a stage name the type of what it is handed", () => {
  const tree = {
    "device/src/decoder/filter.ts": 'import type { OnnxModel } from "../model/onnx-model.js";\n',
    "device/src/model/onnx-model.ts": "export class OnnxModel {}\n",
  };

  expect(check(tree)).toEqual([]);
});

test("rule 5 lets a composition root inside its process's folder name implementations", () => {
  const tree = {
    "device/src/hearing/runtime.ts": 'import { OnnxModel } from "../model/onnx-model.js";\n',
    "device/src/model/onnx-model.ts": "export class OnnxModel {}\n",
  };

  expect(check(tree)).toEqual([]);
});

test("rule 5 lets a test name implementations", () => {
  const tree = {
    "device/src/decoder/filter.test.ts": 'import { OnnxModel } from "../model/onnx-model.js";\n',
    "device/src/model/onnx-model.ts": "export class OnnxModel {}\n",
  };

  expect(check(tree)).toEqual([]);
});

test("rule 6 refuses I/O in a pure stage", () => {
  const tree = { "device/src/frontend/log-mel.ts": 'import { readFileSync } from "node:fs";\n' };

  expect(check(tree)).toEqual(["6: device/src/frontend/log-mel.ts → node:fs"]);
});

test("rule 6 refuses a clock and a timer in a pure stage but not in its comments", () => {
  const tree = {
    "device/src/decoder/a.ts": "// never Date.now()\nconst now = Date.now();\n",
    "cloud/src/rollouts/rollout-plan.ts": "setTimeout(() => {}, 1);\n",
  };

  expect(check(tree)).toEqual([
    "6: device/src/decoder/a.ts → Date.now()",
    "6: cloud/src/rollouts/rollout-plan.ts → a timer",
  ]);
});

test("rule 6 finds I/O behind a helper", () => {
  const tree = {
    "firmware-bridge/src/scheduler/cue.ts": 'import { log } from "../log.js";\n',
    "firmware-bridge/src/log.ts": 'import net from "node:net";\nexport const log = net;\n',
  };

  expect(check(tree)).toEqual(["6: firmware-bridge/src/log.ts → node:net"]);
});

test("rule 7 prints the whole cycle", () => {
  const tree = {
    "cloud/src/a.ts": 'import { b } from "./b.js";\n',
    "cloud/src/b.ts": 'import { c } from "./c.js";\n',
    "cloud/src/c.ts": 'import type { a } from "./a.js";\n',
  };

  const [found] = checkBoundaries(new Map(Object.entries(tree)));

  expect(found.why).toBe("cycle: cloud/src/a.ts → cloud/src/b.ts → cloud/src/c.ts → cloud/src/a.ts");
});

test("the scanner sees imports over several lines and skips comments", () => {
  const text =
    'import {\n  type A,\n  type B,\n} from "a";\n/**\n * import("x")\n */\nexport * from "./b.js";\n// import("y")\n';

  expect(importsOf(text)).toEqual([
    { specifier: "a", typeOnly: true, line: 1 },
    { specifier: "./b.js", typeOnly: false, line: 8 },
  ]);
});
