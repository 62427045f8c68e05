import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkInstallation, checkPort } from "./install-checks.js";

const folder = mkdtempSync(join(tmpdir(), "tactus-doctor-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const settings = (modelDir: string) => ({
  modelDir,
  stateDir: join(folder, "not/yet/made"),
  mqtt: { host: "127.0.0.1", port: 0 },
});

describe("the doctor's look at the installation", () => {
  it("finds a model problem where the artifact is not what its manifest says", async () => {
    writeFileSync(join(folder, "manifest.json"), "{}");

    const findings = await checkInstallation(settings(folder));

    expect(findings.find(({ subject }) => subject === "model")).toMatchObject({ state: "problem" });
  });

  it("finds a state folder well that can be made", async () => {
    const findings = await checkInstallation(settings(folder));

    expect(findings.find(({ subject }) => subject === "state folder")?.message).toContain("can be written");
  });

  it("warns of a port that somebody else has", async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as { port: number };

    const taken = await checkPort("127.0.0.1", port);
    await new Promise((done) => server.close(done));
    const free = await checkPort("127.0.0.1", port);

    expect([taken.state, free.state]).toEqual(["warning", "ok"]);
  });

  it("finds an address that this box does not have a problem", async () => {
    expect((await checkPort("192.0.2.1", 1883)).state).toBe("problem");
  });
});
