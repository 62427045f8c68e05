/** The whole way of a model through the cloud: signed beside it, published into it, read out of it. */

import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CloudUnderTest, newDataDir, startTestCloud } from "./cloud-under-test.js";

const run = promisify(execFile);
const BIN = fileURLToPath(new URL("../../bin/tactus.mjs", import.meta.url));
const BUNDLED = new URL("../../models/artifacts/beat/manifest.json", import.meta.url);
const NAME = "tactus-beat";
const LONG_MS = 400_000;

let cloud: CloudUnderTest;
let dir: string;
let dataDir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "tactus-models-"));
  dataDir = await newDataDir();
  cloud = await startTestCloud(dataDir);
  await models(
    "init",
    "--keys",
    join(dir, "keys"),
    "--repo",
    join(dir, "repo"),
    "--root-keys",
    "1",
    "--root-threshold",
    "1",
  );
}, LONG_MS);

afterAll(async () => {
  await cloud.stop();
  await rm(dir, { recursive: true, force: true });
  await rm(dataDir, { recursive: true, force: true });
});

async function models(...args: string[]): Promise<string> {
  const env = { ...process.env, TACTUS_KEY_PASSPHRASE: "for tests only", TACTUS_ADMIN_TOKEN: cloud.adminToken };
  return (await run(process.execPath, [BIN, "models", ...args], { env })).stdout;
}

const place = () => ["--keys", join(dir, "keys"), "--repo", join(dir, "repo")];
const publish = () => models("publish", "--repo", join(dir, "repo"), "--cloud", cloud.url);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function sign(version: string): Promise<void> {
  const folder = join(dir, version);
  await mkdir(folder);
  const [model, clip, card] = [randomBytes(50_000), randomBytes(5_000), Buffer.from(`# Beat ${version}\n`)];
  const manifest = JSON.parse(await readFile(BUNDLED, "utf8"));
  const of = (file: string, bytes: Buffer) => ({ file, sha256: sha256(bytes), bytes: bytes.length });
  Object.assign(manifest, { version, ...of("beat.onnx", model), card: of("card.md", card) });
  Object.assign(manifest.golden, of("clip.wav", clip));
  manifest.lineage = { run: "r1", params: { steps: "10" }, metrics: { beat: 0.9 } };
  await writeFile(join(folder, "beat.onnx"), model);
  await writeFile(join(folder, "clip.wav"), clip);
  await writeFile(join(folder, "card.md"), card);
  await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));
  await models("sign", folder, ...place());
}

const ask = (path: string, init: RequestInit = {}) => fetch(`${cloud.url}${path}`, init);
const admin = () => ({ authorization: `Bearer ${cloud.adminToken}` });
const listed = async () =>
  (await cloud.get<{ models: { version: string; state: string; reason: string }[] }>("/api/v1/models")).models.map(
    ({ version, state, reason }) => `${version} ${state}${reason && `: ${reason}`}`,
  );

test(
  "a model goes from the signer into the cloud and is read out of it, by name, by hash and by ranges",
  async () => {
    await sign("1.0.0");
    expect(await publish()).toContain(`new: ${NAME} 1.0.0`);

    const detail = await cloud.get<{ card: string; lineage: { metrics: object }; publishedBy: string }>(
      `/api/v1/models/${NAME}/1.0.0`,
    );
    expect(detail.card).toBe("# Beat 1.0.0\n");
    expect(detail.lineage.metrics).toEqual({ beat: 0.9 });
    expect(detail.publishedBy).toBe("admin");

    const model = await readFile(join(dir, "1.0.0/beat.onnx"));
    const path = `/api/v1/tuf/targets/${NAME}/1.0.0/${sha256(model)}.beat.onnx`;
    const whole = await ask(path);
    expect(sha256(new Uint8Array(await whole.arrayBuffer()))).toBe(sha256(model));
    expect(whole.headers.get("cache-control")).toContain("immutable");
    const part = await ask(path, { headers: { range: "bytes=49990-" } });
    expect([part.status, part.headers.get("content-range")]).toEqual([206, "bytes 49990-49999/50000"]);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(model.subarray(49_990));
    expect((await ask(path, { headers: { range: "bytes=50000-" } })).status).toBe(416);
    expect((await ask(path, { headers: { "if-none-match": whole.headers.get("etag") ?? "" } })).status).toBe(304);
    expect((await ask(`/api/v1/tuf/targets/${NAME}/1.0.0/${"0".repeat(64)}.beat.onnx`)).status).toBe(404);
    expect((await ask("/api/v1/tuf/targets/..%2f..%2fadmin-token")).status).toBe(404);
    expect((await ask("/api/v1/tuf/metadata/timestamp.json")).headers.get("cache-control")).toBe("no-cache");
    expect((await ask("/api/v1/tuf/metadata/1.root.json")).headers.get("cache-control")).toContain("immutable");
    expect(await models("verify", cloud.url, "--root", join(dir, "repo/metadata/1.root.json"))).toContain(
      "every hash as signed",
    );
  },
  LONG_MS,
);

test(
  "publishing needs the admin token, and what is not signed right is refused with its reason and noted",
  async () => {
    const file = (name: string) => readFile(join(dir, "repo/metadata", name), "utf8");
    const body = {
      roots: [await file("1.root.json")],
      timestamp: await file("timestamp.json"),
      snapshot: await file("2.snapshot.json"),
      targets: await file("2.targets.json"),
    };
    const offer = async (change: object, headers: Record<string, string> = admin()) => {
      const response = await ask("/api/v1/models/publish", {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ ...body, ...change }),
      });
      const { detail = "" } = (await response.json()) as { detail?: string };
      return `${response.status} ${detail}`;
    };

    expect(await offer({}, {})).toMatch(/^401 /);
    expect(await offer({})).toBe("200 ");
    expect(await offer({ targets: body.targets.replace("50000", "50001") })).toMatch(
      /^400 mix-and-match: targets\.json/,
    );
    expect(await offer({ timestamp: body.timestamp.replace('"version":2', '"version":3') })).toMatch(
      /^400 unsigned: timestamp/,
    );
    expect(await offer({ timestamp: await file("1.root.json") })).toMatch(/^400 /);
    expect(await offer({ snapshot: "{" })).toMatch(/^400 (mix-and-match|malformed)/);
    expect(await offer({ extra: 1 })).toMatch(/^400 /);

    const upload = (hash: string, bytes: Uint8Array, headers = admin()) =>
      ask(`/api/v1/models/artifacts/${hash}`, { method: "PUT", headers, body: new Uint8Array(bytes) });
    const bytes = randomBytes(100);
    expect((await upload(sha256(bytes), bytes, {} as never)).status).toBe(401);
    expect((await upload("0".repeat(64), bytes)).status).toBe(400);
    expect((await upload("../../admin-token", bytes)).status).toBe(404);
    expect((await upload(sha256(bytes), bytes)).status).toBe(201);
    expect((await readdir(join(dataDir, "artifacts"))).filter((name) => !/^[0-9a-f]{64}$/.test(name))).toEqual([]);
  },
  LONG_MS,
);

test(
  "revoked and left behind, versions can no longer be chosen, also after a restart",
  async () => {
    await sign("1.1.0");
    await sign("1.2.0");
    await publish();
    expect(await listed()).toEqual(["1.2.0 published", "1.1.0 published", "1.0.0 published"]);

    await models("revoke", NAME, "1.2.0", "--reason", "flips octaves", ...place());
    await models("floor", NAME, "1.1.0", ...place());
    expect(await publish()).toContain(`no longer to be chosen: ${NAME} 1.2.0`);
    const after = ["1.2.0 revoked: flips octaves", "1.1.0 published", "1.0.0 below-floor: The floor is 1.1.0"];
    expect(await listed()).toEqual(after);

    await cloud.stop();
    cloud = await startTestCloud(dataDir);
    expect(await listed()).toEqual(after);
    expect(await models("verify", cloud.url)).toContain(`${NAME} 1.1.0`);
  },
  LONG_MS,
);

test(
  "an older set and the set of strangers are refused",
  async () => {
    const old = join(dir, "old");
    await run("cp", ["-r", join(dir, "repo"), old]);
    await models("renew", ...place(), "--cloud", cloud.url);
    await expect(models("publish", "--repo", old, "--cloud", cloud.url)).rejects.toThrow(/rollback: timestamp\.json/);

    const strangers = ["--keys", join(dir, "strangers/keys"), "--repo", join(dir, "strangers/repo")];
    await models("init", ...strangers, "--root-keys", "1", "--root-threshold", "1");
    await expect(models("publish", "--repo", join(dir, "strangers/repo"), "--cloud", cloud.url)).rejects.toThrow(
      /unsigned: timestamp\.json/,
    );
  },
  LONG_MS,
);

test(
  "new keys are followed, and the wrong passphrase, a missing key and a taken version are named",
  async () => {
    await models("rotate-key", "targets", ...place());
    await models("rotate-key", "root", ...place());
    await publish();
    const roots = await Promise.all(
      [2, 3].map(async (version) => (await ask(`/api/v1/tuf/metadata/${version}.root.json`)).status),
    );
    expect(roots).toEqual([200, 200]);

    await mkdir(join(dir, "empty"));
    const elsewhere = ["--keys", join(dir, "empty"), "--repo", join(dir, "repo")];
    await expect(models("sign", join(dir, "1.1.0"), ...elsewhere)).rejects.toThrow(/takes 1 of its keys, 0 found/);
    const env = { ...process.env, TACTUS_KEY_PASSPHRASE: "something else" };
    const renew = run(process.execPath, [BIN, "models", "renew", ...place()], { env });
    await expect(renew).rejects.toThrow(/wrong passphrase, or a damaged file/);
    await expect(models("sign", join(dir, "1.2.0"), ...place())).rejects.toThrow(/was revoked \(flips octaves\)/);
    await writeFile(join(dir, "1.1.0/beat.onnx"), randomBytes(10));
    await expect(models("sign", join(dir, "1.1.0"), ...place())).rejects.toThrow(/the manifest says 50000/);
  },
  LONG_MS,
);
