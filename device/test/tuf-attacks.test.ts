/** Every attack of The Update Framework's list against the model source of a box: refused with its reason, and got over. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Signed, sha256 } from "./signed-repository.js";
import { ATTACKS } from "./tuf-attack-list.js";
import { MadeRepository, NAME, OTHER, TufBox } from "./tuf-box.js";

const made = new MadeRepository();
let box: TufBox;

beforeAll(() => made.start(), 400_000);
afterAll(() => made.stop());
beforeEach(async () => {
  box = new TufBox(made);
  await box.start();
});
afterEach(() => box.stop());

/** Past every version that an attack has used. */
const bump = (signed: Signed) => void Object.assign(signed, { version: signed.version + 200 });

describe("refused, and the good repository is accepted afterwards", () => {
  for (const { name, code, strike, heal } of ATTACKS) {
    test(`${name} is refused as ${code}`, async () => {
      const { server } = box;
      await box.take("1.0.0");
      const before = await box.trusted();

      strike(server.forge, server);
      expect(await box.outcome(OTHER)).toBe(code);
      expect((await box.trusted()).version).toBeGreaterThanOrEqual(before.version);

      server.trick = undefined;
      server.forge = made.good.copy();
      heal?.(server.forge);
      server.forge.release({ targets: bump, snapshot: bump, timestamp: bump });
      expect(await box.outcome(OTHER)).toBe("accepted");
      expect(await box.model()).toEqual(await made.hashes(OTHER));
    });
  }
});

test("a box takes a signed model, file by file as it was signed", async () => {
  expect(await box.take("1.0.0")).toEqual(await made.hashes("1.0.0"));
});

test("what is revoked, below the floor or unknown is refused by name", async () => {
  expect(await box.outcome("1.1.0")).toBe("revoked");
  expect(await box.outcome("0.9.0")).toBe("below-floor");
  expect(await box.outcome("7.0.0")).toBe("unknown-version");
  const source = box.source();
  const fetching = (name: string, version: string) =>
    source.fetch({ name, version }, join(box.dir, "model"), AbortSignal.timeout(30_000), () => {});
  await expect(fetching("no-such-model", "1.0.0")).rejects.toMatchObject({ refusal: "unknown-version" });
  await expect(fetching("../../etc", "1.0.0")).rejects.toMatchObject({ refusal: "unknown-version" });
  await expect(fetching(NAME, "../1.0.0")).rejects.toMatchObject({ refusal: "unknown-version" });
});

test("the reason of a refusal says what was wrong and why", async () => {
  await expect(box.take("1.1.0")).rejects.toThrow("revoked: tactus-beat 1.1.0 was revoked: flips octaves");
});

test("target names that are paths are never written", async () => {
  const { forge } = box.server;
  forge.release({
    targets: (signed) => {
      for (const path of ["../../../evil", "/etc/evil", `${NAME}/1.0.0/../../evil`]) {
        signed.targets[path] = { length: 4, hashes: { sha256: sha256(Buffer.from("evil")) } };
      }
    },
  });

  expect(await box.take("1.0.0")).toEqual(await made.hashes("1.0.0"));
  expect((await readdir(box.dir)).sort()).toEqual(["model", "root.json", "state"]);
});
