import { expect, test } from "vitest";
import { AccessRules } from "./access-rules.js";

const rules = new AccessRules({ venue: "club", device: "booth" });
const topic = (leaf: string) => `tactus/v1/club/booth/${leaf}`;

test.each(["beat", "tempo", "grid", "section", "levels"])("anyone may read %s", (leaf) => {
  expect(rules.mayRead("anyone", topic(leaf))).toBe(true);
});

test.each(["status", "history", "telemetry", "activation", "override/state", "override/set", "alert/x", "log"])(
  "anyone may not read %s",
  (leaf) => {
    expect(rules.mayRead("anyone", topic(leaf))).toBe(false);
    expect(rules.maySubscribe("anyone", topic(leaf))).toBe(false);
    expect(rules.mayRead("paired", topic(leaf))).toBe(true);
  },
);

test("anyone may subscribe with wildcards that cover something public", () => {
  expect(rules.maySubscribe("anyone", "#")).toBe(true);
  expect(rules.maySubscribe("anyone", "tactus/v1/+/+/beat")).toBe(true);
  expect(rules.maySubscribe("anyone", "tactus/v1/+/+/override/#")).toBe(false);
  expect(rules.maySubscribe("anyone", "$SYS/#")).toBe(false);
});

test("anyone may write nothing", () => {
  for (const leaf of ["beat", "override/set", "time/ping"]) expect(rules.mayWrite("anyone", topic(leaf))).toBe(false);
});

test("the pairing code opens requests and output states of this device only", () => {
  expect(rules.mayWrite("paired", topic("override/set"))).toBe(true);
  expect(rules.mayWrite("paired", topic("time/ping"))).toBe(true);
  expect(rules.mayWrite("paired", topic("output/artnet/state"))).toBe(true);
  expect(rules.mayWrite("paired", topic("beat"))).toBe(false);
  expect(rules.mayWrite("paired", topic("status"))).toBe(false);
  expect(rules.mayWrite("paired", "tactus/v1/club/other/override/set")).toBe(false);
  expect(rules.mayWrite("paired", "anything")).toBe(false);
});
