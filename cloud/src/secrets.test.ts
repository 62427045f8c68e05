import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadOrMakeSecret, sameSecret } from "./secrets.js";

it("a secret is made once, kept, readable by its owner only, and refused when it is too short", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tactus-secrets-"));
  const [first, second] = await Promise.all([loadOrMakeSecret(folder, "token"), loadOrMakeSecret(folder, "token")]);

  expect(first).toHaveLength(32);
  expect(second).toBe(first);
  expect((await stat(join(folder, "token"))).mode & 0o777).toBe(0o600);
  expect(sameSecret(first, second)).toBe(true);
  expect(sameSecret(first, `${first}x`)).toBe(false);
  await writeFile(join(folder, "short"), "1234\n");
  await expect(loadOrMakeSecret(folder, "short")).rejects.toThrow("at least 16");
  await rm(folder, { recursive: true });
});
