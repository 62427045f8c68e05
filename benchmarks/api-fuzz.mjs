/**
 * The API against its own description: openapi.json is checked by openapi-spec-validator, then Schemathesis asks every route of a
 * real cloud for what it should and should not take, and looks for faults, for statuses and shapes that are not described.
 *
 *     node benchmarks/api-fuzz.mjs [--seconds 600] [--examples 200] [--seed 1] [--log fuzz.log]
 *
 * Exit code 0 = nothing found, 1 = something was, 77 = the two programs cannot be had (they are installed by pip, pinned, into
 * ~/.cache/tactus/venv-api). Needs what `npm run build` makes.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { startCloud } from "./cloud-process.mjs";

const run = promisify(execFile);
const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "600" },
    examples: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    log: { type: "string" },
  },
});
const PACKAGES = ["schemathesis==4.32.5", "openapi-spec-validator==0.9.0"];
const VENV = join(homedir(), ".cache", "tactus", "venv-api");
/** Names that exist in the cloud under test, so that routes are reached behind their door. */
const KNOWN = `
[[operations]]
include-path-regex = "/devices/\\\\{id\\\\}"
parameters = { "path.id" = "club.booth" }

[[operations]]
include-path-regex = "/venues/"
parameters = { "path.venue" = "club" }

[[operations]]
include-path-regex = "/(users|alerts)/"
parameters = { "path.id" = "1" }
`;
/** Feeds have no end; Schemathesis cannot make a gzip file; a new password would lock it out. */
const LEFT_OUT = "/(live|events|log)$|support-bundles/|/auth/(logout|password)$";
const CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_schema_conformance",
].join(",");

async function checkers() {
  const python = join(VENV, "bin", "python3");
  const has = "import sys,importlib.metadata as m\nfor w in sys.argv[1:]:\n n,v=w.split('==')\n assert m.version(n)==v";
  try {
    await run(python, ["-c", has, ...PACKAGES]);
  } catch {
    if (!existsSync(python)) await run("python3", ["-m", "venv", VENV]);
    await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...PACKAGES]);
  }
  return join(VENV, "bin");
}

const bin = await checkers().catch((error) => {
  console.error(`${PACKAGES.join(", ")} cannot be had: ${error.message}`);
  process.exit(77);
});
const folder = mkdtempSync(join(tmpdir(), "tactus-api-fuzz-"));
const { child, url } = await startCloud(folder);
let code = 1;
try {
  const token = readFileSync(join(folder, "admin-token"), "utf8").trim();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const ask = (path, body) => fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  await ask("/api/v1/devices", { venue: "club", device: "booth", tags: ["pilot"] });
  await ask("/api/v1/auth/begin", { name: "Ada", password: "correct horse battery" });

  const document = join(folder, "openapi.json");
  writeFileSync(document, await (await fetch(`${url}/openapi.json`)).text());
  const { stdout } = await run(join(bin, "openapi-spec-validator"), [document]);
  console.log(
    `openapi.json: ${Object.keys(JSON.parse(readFileSync(document, "utf8")).paths).length} paths, ${stdout.split(": ").at(-1).trim()}`,
  );

  writeFileSync(join(folder, "schemathesis.toml"), KNOWN);
  const args = [
    ...["--config-file", join(folder, "schemathesis.toml"), "run", `${url}/openapi.json`],
    ...["--header", `Authorization: Bearer ${token}`, "--checks", CHECKS, "--phases", "coverage,fuzzing"],
    ...["--exclude-path-regex", LEFT_OUT, "--max-examples", values.examples, "--max-time", values.seconds],
    ...["--seed", values.seed, "--request-timeout", "70", "--no-color", "--warnings", "off", "--continue-on-failure"],
  ];
  const found = await run(join(bin, "schemathesis"), args, { maxBuffer: 2 ** 28, cwd: folder }).catch((error) => error);
  if (values.log) writeFileSync(values.log, `${found.stdout}${found.stderr ?? ""}`);
  code = found.code ?? 0;
  console.log(code === 0 ? found.stdout.slice(found.stdout.indexOf("= SUMMARY =")) : `${found.stdout}${found.stderr}`);
} finally {
  child.removeAllListeners("exit");
  const gone = new Promise((resolve) => child.on("exit", resolve));
  child.kill("SIGTERM");
  await gone;
  rmSync(folder, { recursive: true });
}
process.exit(code === 0 ? 0 : 1);
