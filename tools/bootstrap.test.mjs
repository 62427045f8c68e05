import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { fingerprintOf } from "./setup/build.mjs";
import { packagesFor } from "./setup/debian-packages.mjs";
import { buildEnvironment, matchesLock } from "./setup/node-packages.mjs";
import { checkRuntime } from "./setup/runtime.mjs";

const folders = [];

/** A checkout with these files: path -> text. */
function checkout(files) {
  const root = mkdtempSync(join(tmpdir(), "tactus-setup-"));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const lockOf = (packages) => JSON.stringify({ packages });

test("set-up refuses a Node that is too old and names the one to install", () => {
  expect(() => checkRuntime({ version: "18.19.0", arch: "x64" })).toThrow("Node 18.19.0 is too old");
  expect(() => checkRuntime({ version: "20.18.3", arch: "x64" })).toThrow("Node 20.18.3 is too old");
  expect(() => checkRuntime({ version: "20.19.0", arch: "arm64" })).not.toThrow();
});

test("set-up refuses 32-bit systems", () => {
  expect(() => checkRuntime({ version: "22.1.0", arch: "arm" })).toThrow('Node is built for "arm"');
});

test("packages match the lock file when every one that is not optional is there in its version", () => {
  const wanted = {
    "": {},
    shared: {},
    "node_modules/a": { version: "1.0.0" },
    "node_modules/b-win32": { version: "1.0.0", optional: true },
  };
  const present = { shared: {}, "node_modules/a": { version: "1.0.0" } };
  const root = checkout({ "package-lock.json": lockOf(wanted), "node_modules/.package-lock.json": lockOf(present) });

  expect(matchesLock(root)).toBe(true);
});

test("packages do not match the lock file when one is older, or none was ever installed", () => {
  const wanted = lockOf({ "node_modules/a": { version: "1.0.1" } });
  const present = lockOf({ "node_modules/a": { version: "1.0.0" } });

  expect(matchesLock(checkout({ "package-lock.json": wanted, "node_modules/.package-lock.json": present }))).toBe(
    false,
  );
  expect(matchesLock(checkout({ "package-lock.json": wanted }))).toBe(false);
});

test("native builds are told where Node's headers are, and not to fetch CUDA", () => {
  expect(buildEnvironment({ base: {}, headers: "/usr" })).toMatchObject({
    npm_config_nodedir: "/usr",
    npm_package_config_node_gyp_nodedir: "/usr",
    ONNXRUNTIME_NODE_INSTALL: "skip",
  });
  expect(buildEnvironment({ base: {}, headers: null })).not.toHaveProperty("npm_config_nodedir");
});

test("tests need more of the system than starting does", () => {
  const names = (purpose) => packagesFor(purpose, "x64").map((one) => one.names.at(-1));

  expect(names("start")).not.toContain("ffmpeg");
  expect(names("test")).toContain("ffmpeg");
  expect(packagesFor("start", "arm64").flatMap((one) => one.names)).toContain("libportaudio2");
});

test("a fingerprint changes with the contents of a source and with nothing else", () => {
  const [one, same, other] = ["1", "1", "2"].map((text) => checkout({ "shared/src/a.ts": text, "README.md": text }));
  const fingerprint = (root) => fingerprintOf(root, ["shared/src"]);

  expect(fingerprint(same)).toBe(fingerprint(one));
  expect(fingerprint(other)).not.toBe(fingerprint(one));
});
