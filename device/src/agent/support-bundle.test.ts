import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { maskText, secretsIn } from "./mask-secrets.js";
import { SupportBundle } from "./support-bundle.js";

const PASSWORD = 'quo"te/d+secret 7';
const CONFIG = {
  venue: "club",
  mqtt: { pairingCode: "ABCD-EFGH", credentials: [{ username: "desk", password: PASSWORD }] },
  cloud: { url: "mqtt://user:inline-secret@cloud.example:1884", password: "cloud-pass-1" },
};

test("a bundle opens with tar, and holds no secret in any spelling", async () => {
  const line = { atUs: 1, level: "warn" as const, process: "agent", text: `refused ${PASSWORD} and internal-77` };
  const bundle = new SupportBundle({
    address: { venue: "club", device: "booth" },
    cloudFetch: undefined,
    config: CONFIG,
    secrets: () => ["internal-77"],
    facts: {
      status: () => ({
        note: `url ${encodeURIComponent(PASSWORD)}`,
        authorization: Buffer.from(PASSWORD).toString("base64"),
      }),
      broken: () => Promise.reject(new Error("The disk is gone")),
      nothing: () => undefined,
    },
    logs: async () => [line, line],
    nowS: () => 1_700_000_000,
  });
  const folder = mkdtempSync(join(tmpdir(), "tactus-bundle-"));
  writeFileSync(join(folder, "b.tar.gz"), await bundle.make());
  execFileSync("tar", ["xzf", "b.tar.gz"], { cwd: folder });

  const files = readdirSync(join(folder, "support")).sort();
  const text = files.map((name) => readFileSync(join(folder, "support", name), "utf8")).join("\n");

  expect(files).toEqual(["broken.json", "config.json", "log.ndjson", "nothing.json", "status.json"]);
  for (const secret of [PASSWORD, "ABCD-EFGH", "cloud-pass-1", "inline-secret", "internal-77"]) {
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]) {
      expect(text).not.toContain(form);
    }
    expect(text).not.toContain(Buffer.from(secret).toString("base64"));
  }
  expect(text).toContain("The disk is gone");
  expect(text).toContain("club");
  expect(text.match(/refused/g)).toHaveLength(2);
  await expect(bundle.send("r")).rejects.toThrow("HTTP address");
  rmSync(folder, { recursive: true });
});

test("secrets are known by their names, and short words are left alone", () => {
  expect(secretsIn(CONFIG)).toEqual(["ABCD-EFGH", PASSWORD, "cloud-pass-1"]);
  expect(maskText("on the floor", ["on"])).toBe("on the floor");
  expect(maskText("abcdef abcd", ["abcd", "abcdef"])).toBe("••• •••");
});
