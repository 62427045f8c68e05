import type { ModelPolicy } from "@tactus/shared";
import { expect, test } from "vitest";
import type { Bundle } from "./bundle.js";
import { addRelease, type ReleaseChange, raiseFloor, revokeRelease, versionsIn } from "./releases.js";

const NAME = "tactus-beat";
const now = new Date("2026-11-22T12:00:00Z");

function bundle(version: string, text = version): Bundle {
  const content = Buffer.from(text);
  const sha256 = "0".repeat(64);
  return {
    manifest: {} as Bundle["manifest"],
    name: { name: NAME, version },
    files: [{ file: "manifest.json", content, sha256 }],
  };
}

/** The list and policy after these versions have been signed. */
function signed(...versions: string[]): { targets: ReleaseChange["targets"]; policy: ModelPolicy | undefined } {
  let state: { targets: ReleaseChange["targets"]; policy: ModelPolicy | undefined } = {
    targets: {},
    policy: undefined,
  };
  for (const version of versions) state = after(addRelease(state.targets, state.policy, bundle(version)));
  return state;
}

function after({ targets, contents }: ReleaseChange) {
  const policy = JSON.parse(Buffer.from(contents.get(`${NAME}/policy.json`) ?? []).toString()) as ModelPolicy;
  return { targets, policy };
}

test("versions are listed by number, not by letter", () => {
  expect(versionsIn(signed("1.10.0", "1.9.0", "1.2.0").targets, NAME)).toEqual(["1.2.0", "1.9.0", "1.10.0"]);
});

test("a revoked version leaves the list, is remembered with its reason, and never comes back", () => {
  const { targets, policy } = signed("1.0.0", "1.1.0");

  const next = after(revokeRelease(targets, policy, { name: { name: NAME, version: "1.1.0" }, reason: "flips", now }));

  expect(versionsIn(next.targets, NAME)).toEqual(["1.0.0"]);
  expect(next.policy?.revoked).toEqual([{ version: "1.1.0", reason: "flips", at: "2026-11-22T12:00:00.000Z" }]);
  expect(() => addRelease(next.targets, next.policy, bundle("1.1.0"))).toThrow("1.1.0 was revoked (flips)");
});

test("a floor takes older versions off the list, never sinks and never leaves nothing", () => {
  const { targets, policy } = signed("1.0.0", "1.1.0", "1.2.0");

  const next = after(raiseFloor(targets, policy, { name: NAME, version: "1.1.0" }));

  expect(versionsIn(next.targets, NAME)).toEqual(["1.1.0", "1.2.0"]);
  expect(() => raiseFloor(next.targets, next.policy, { name: NAME, version: "1.0.0" })).toThrow("never sinks");
  expect(() => raiseFloor(next.targets, next.policy, { name: NAME, version: "2.0.0" })).toThrow(
    "would leave no version",
  );
  expect(() => addRelease(next.targets, next.policy, bundle("1.0.5"))).toThrow("below the floor 1.1.0");
});

test("what is not there cannot be revoked", () => {
  const { targets, policy } = signed("1.0.0");

  expect(() => revokeRelease(targets, policy, { name: { name: NAME, version: "3.0.0" }, reason: "x", now })).toThrow(
    "tactus-beat 3.0.0 is not listed: listed are 1.0.0",
  );
  expect(() => raiseFloor({}, undefined, { name: "other", version: "1.0.0" })).toThrow(
    'No model "other" is in this repository',
  );
});
