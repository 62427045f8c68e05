/** Damaged metadata, by seed: whatever comes, a box holds the signed model or none. */
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { copyFolder } from "./signed-repository.js";
import { MadeRepository, OTHER, TufBox } from "./tuf-box.js";

const made = new MadeRepository();
let box: TufBox;

beforeAll(() => made.start(), 400_000);
afterAll(() => made.stop());
beforeEach(async () => {
  box = new TufBox(made);
  await box.start();
});
afterEach(() => box.stop());

test("whatever bytes come as metadata, the model is the signed one or it is refused", async () => {
  await box.take("1.0.0");
  box.server.forge.release();
  const random = seeded(20_261_122);
  const truth = await made.hashes("1.0.0");
  const tally: Record<string, number> = {};
  for (let round = 0; round < 80; round++) {
    const forge = box.server.forge.copy();
    const files = ["timestamp", "snapshot", "targets"] as const;
    const path = forge.fileOf(files[Math.floor(random() * 3)] as "snapshot");
    forge.files.set(path, mutated(forge.files.get(path) as Buffer, random));
    const original = box.server.forge;
    box.server.forge = forge;
    const result = await box.outcome("1.0.0", { stateDir: await freshState(round) });
    box.server.forge = original;
    if (result === "accepted") expect(await box.model()).toEqual(truth);
    const [kind = ""] = result.split(":");
    tally[kind] = (tally[kind] ?? 0) + 1;
  }
  expect(tally.accepted ?? 0).toBeLessThan(12);
  expect(await box.outcome(OTHER)).toBe("accepted");
});

async function freshState(round: number): Promise<string> {
  const state = join(box.dir, `fuzz-${round}`);
  await copyFolder(join(box.dir, "state"), state);
  return state;
}

/** One to three changes: a bit, a cut, bytes doubled, a digit, a word of JSON. */
function mutated(content: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(content);
  for (let change = 0; change <= random() * 3; change++) {
    const at = Math.floor(random() * bytes.length);
    const kind = Math.floor(random() * 5);
    if (kind === 0) bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random() * 8));
    if (kind === 1) bytes = bytes.subarray(0, at);
    if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.floor(random() * bytes.length))]);
    if (kind === 3)
      bytes = Buffer.from(bytes.toString("latin1").replace(/\d(?=\D)/, String(Math.floor(random() * 10))), "latin1");
    if (kind === 4)
      bytes = Buffer.from(
        bytes.toString("latin1").replace(/"[a-z_]+":/, ['"x":', "null,", '"__proto__":'][at % 3] as string),
        "latin1",
      );
    if (bytes.length === 0) return bytes;
  }
  return bytes;
}

/** Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
