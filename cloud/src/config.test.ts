import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isLoopback, loadConfig } from "./config.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactus-config-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function written(text: string): Promise<string> {
  const file = join(folder, "cloud.yaml");
  await writeFile(file, text);
  return file;
}

describe("configuration", () => {
  it("of an empty file is loopback only", async () => {
    const config = await loadConfig(await written(""));

    expect(config.http).toEqual({ host: "127.0.0.1", port: 8080, requestsPerSecond: 200, allowedHosts: [] });
    expect(config.mqtt).toMatchObject({ host: "127.0.0.1", port: 1884 });
    expect(config.dataDir).toBe(".tactus/cloud");
  });

  it("of the command line is stronger than the file", async () => {
    const file = await written("dataDir: /var/lib/tactus\nhttp: {port: 80, host: 0.0.0.0}\n");
    const config = await loadConfig(file, { port: 9000 });

    expect(config.http).toMatchObject({ host: "0.0.0.0", port: 9000 });
    expect(config.dataDir).toBe("/var/lib/tactus");
  });

  it("names the file and the field that is wrong", async () => {
    await expect(loadConfig(await written("http: {port: 99999}"))).rejects.toThrow(/cloud\.yaml: http\.port/);
    await expect(loadConfig(await written("htpp: {}"))).rejects.toThrow(/htpp/);
    await expect(loadConfig(await written("a: [1"))).rejects.toThrow("is not YAML");
    await expect(loadConfig(join(folder, "missing.yaml"))).rejects.toThrow("cannot be read");
  });

  it("knows loopback addresses", () => {
    expect(["127.0.0.1", "127.9.9.9", "localhost", "::1", "[::1]"].every(isLoopback)).toBe(true);
    expect(["0.0.0.0", "::", "192.168.1.4", "127.evil.org", "localhost.evil.org", ""].some(isLoopback)).toBe(false);
  });
});
