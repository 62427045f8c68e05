import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadIdentity, saveIdentity } from "./sacn-identity.js";

describe("sACN identity", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tactus-identity-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("is made once and kept with the sequences of a clean stop", async () => {
    const path = join(folder, "new", "sacn.json");
    const first = await loadIdentity(path);
    await saveIdentity(path, {
      cid: first.cid,
      sequences: new Map([
        [0, 7],
        [63999, 255],
      ]),
    });

    const second = await loadIdentity(path);

    expect(first.cid).toMatch(/^[0-9a-f]{32}$/);
    expect(first.sequences.size).toBe(0);
    expect(second.cid).toBe(first.cid);
    expect([...second.sequences]).toEqual([
      [0, 7],
      [63999, 255],
    ]);
  });

  it("forgets the sequences while they are in use", async () => {
    const path = join(folder, "sacn.json");
    const { cid } = await loadIdentity(path);
    await saveIdentity(path, { cid, sequences: new Map([[1, 7]]) });
    await saveIdentity(path, { cid, sequences: undefined });

    expect(await loadIdentity(path)).toEqual({ cid, sequences: new Map() });
  });

  it.each(["", "{", "[]", '{"cid":"x"}', '{"cid":"0","sequences":{"1":256}}'])(
    "is a new one when the file holds %s",
    async (text) => {
      const path = join(folder, "sacn.json");
      await writeFile(path, text);

      expect((await loadIdentity(path)).cid).toMatch(/^[0-9a-f]{32}$/);
    },
  );
});
