/** A model signed by the signer, published into a real cloud, fetched and believed by a box. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { httpTransport } from "../src/update/model-transport.js";
import { TufModelSource } from "../src/update/tuf-model-source.js";
import { CloudProcess } from "./cloud-process.js";
import { tactusModels, writeBundle } from "./signed-repository.js";
import { hashesIn } from "./tuf-box.js";

const LONG_MS = 400_000;
let dir: string;
let cloud: CloudProcess;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "tactus-tuf-cloud-"));
  cloud = new CloudProcess(join(dir, "cloud"));
  await cloud.start();
}, LONG_MS);

afterAll(async () => {
  await cloud.stop();
  await rm(dir, { recursive: true, force: true });
});

test(
  "a box fetches what was published, and refuses what was taken back",
  async () => {
    const place = ["--keys", join(dir, "keys"), "--repo", join(dir, "repo")];
    const token = ["--token-file", join(dir, "cloud/admin-token")];
    const publish = () => tactusModels("publish", "--repo", join(dir, "repo"), "--cloud", cloud.url, ...token);
    await tactusModels("init", ...place, "--root-keys", "1", "--root-threshold", "1");
    for (const version of ["1.0.0", "1.1.0"]) {
      await writeBundle(join(dir, version), version);
      await tactusModels("sign", join(dir, version), ...place);
    }
    await publish();
    const into = join(dir, "model");
    const source = new TufModelSource({
      stateDir: join(dir, "state"),
      rootFiles: [join(dir, "repo/metadata/1.root.json")],
      transport: httpTransport(cloud.url),
      isClockTrusted: () => true,
      warn: () => {},
    });
    const shares: number[] = [];
    const fetching = (version: string) =>
      source.fetch({ name: "tactus-beat", version }, into, AbortSignal.timeout(60_000), (share) => shares.push(share));

    await fetching("1.1.0");
    expect(await hashesIn(into)).toEqual(await hashesIn(join(dir, "1.1.0")));
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));

    await tactusModels("revoke", "tactus-beat", "1.1.0", "--reason", "flips octaves", ...place);
    await publish();
    await expect(fetching("1.1.0")).rejects.toMatchObject({ refusal: "revoked" });
    await fetching("1.0.0");
    expect(await hashesIn(into)).toEqual(await hashesIn(join(dir, "1.0.0")));
  },
  LONG_MS,
);
