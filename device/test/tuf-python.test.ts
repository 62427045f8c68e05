/** Our signed repository read by a TUF client that others wrote: python-tuf, over HTTP, root chain and all. */
import { execFile } from "node:child_process";
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { Forge, RepositoryServer, sha256, tactusModels, writeBundle } from "./signed-repository.js";

const run = promisify(execFile);
const FOLDER = join(homedir(), ".cache", "tactus", "venv-receivers");
const PACKAGE = "tuf==6.0.0";

const CLIENT = `
import os, sys
from tuf.ngclient import Updater
url, folder, root, name = sys.argv[1:]
os.makedirs(folder + "/metadata"); os.makedirs(folder + "/targets")
u = Updater(folder + "/metadata", url + "/api/v1/tuf/metadata/", folder + "/targets", url + "/api/v1/tuf/targets/", bootstrap=open(root, "rb").read())
u.refresh()
for path in (name + "/policy.json", name + "/1.0.0/manifest.json", name + "/1.0.0/beat.onnx", name + "/1.1.0/beat.onnx"):
    info = u.get_targetinfo(path)
    print(path, u.download_target(info) if info else None, sep="\\t")
`;

/** The Python that has it, or undefined with a message; fails where TACTUS_REQUIRE_RECEIVERS=1. */
async function pythonWithTuf(): Promise<string | undefined> {
  const python = join(FOLDER, "bin", "python3");
  try {
    await access(python).catch(() => run("python3", ["-m", "venv", FOLDER]));
    await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE]);
    return python;
  } catch (cause) {
    if (process.env.TACTUS_REQUIRE_RECEIVERS === "1") throw cause;
    console.warn(`skipped: ${PACKAGE} cannot be had: ${(cause as Error).message}`);
    return undefined;
  }
}

test("python-tuf follows our roots, believes our signatures and downloads a model", async ({ skip }) => {
  const python = await pythonWithTuf();
  if (python === undefined) return skip();
  const dir = await mkdtemp(join(tmpdir(), "tactus-python-tuf-"));
  const place = ["--keys", join(dir, "keys"), "--repo", join(dir, "repo")];
  await tactusModels("init", ...place, "--root-keys", "2");
  await writeBundle(join(dir, "1.0.0"), "1.0.0");
  await writeBundle(join(dir, "1.1.0"), "1.1.0");
  await tactusModels("sign", join(dir, "1.0.0"), ...place);
  await tactusModels("sign", join(dir, "1.1.0"), ...place);
  await tactusModels("revoke", "tactus-beat", "1.1.0", "--reason", "flips octaves", ...place);
  await tactusModels("rotate-key", "timestamp", ...place);
  const server = new RepositoryServer(await Forge.open(dir));
  await server.start();
  await writeFile(join(dir, "client.py"), CLIENT);

  const args = [
    join(dir, "client.py"),
    server.url,
    join(dir, "client"),
    join(dir, "repo/metadata/1.root.json"),
    "tactus-beat",
  ];
  const { stdout } = await run(python, args).finally(() => server.stop());

  const files = new Map(
    stdout
      .trim()
      .split("\n")
      .map((line) => line.split("\t") as [string, string]),
  );
  expect(JSON.parse(await readFile(files.get("tactus-beat/policy.json") as string, "utf8")).revoked).toMatchObject([
    { version: "1.1.0", reason: "flips octaves" },
  ]);
  const ours = await readFile(join(dir, "1.0.0/beat.onnx"));
  expect(sha256(await readFile(files.get("tactus-beat/1.0.0/beat.onnx") as string))).toBe(sha256(ours));
  expect(files.get("tactus-beat/1.1.0/beat.onnx")).toBe("None");
  expect(server.asked).toContain("metadata/2.root.json");
  await rm(dir, { recursive: true, force: true });
}, 400_000);
