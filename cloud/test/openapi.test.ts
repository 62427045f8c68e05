/** The description of the API against the API: valid, whole, and true under fuzzing. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { withCloud } from "./cloud-under-test.js";

const FUZZ = fileURLToPath(new URL("../../benchmarks/api-fuzz.mjs", import.meta.url));
/** The checkers cannot be had: no network, no Python. */
const NOT_THERE = 77;
const run = promisify(execFile);

interface Ended {
  code: number;
  output: string;
}

describe("openapi.json", () => {
  it("is shown as a page that loads nothing of others and runs nothing", async () => {
    await withCloud(async (cloud) => {
      const response = await fetch(`${cloud.url}/docs`);
      const page = await response.text();

      expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(page).toContain("/api/v1/devices/{id}/override");
      expect(page).not.toMatch(/<script|<style|style=|(src|href)="https?:/);
      expect((await fetch(`${cloud.url}/docs.css`)).headers.get("content-type")).toContain("text/css");
    });
  });

  it("is valid, and says what the cloud does whatever it is asked: Schemathesis", async (context) => {
    const args = [FUZZ, "--seconds", "45", "--examples", "3"];
    const { code, output } = await run(process.execPath, args, { maxBuffer: 2 ** 26 }).then(
      ({ stdout }): Ended => ({ code: 0, output: stdout }),
      (error: { code: number; stdout: string; stderr: string }): Ended => ({
        code: error.code,
        output: error.stdout + error.stderr,
      }),
    );
    if (code === NOT_THERE && process.env.TACTUS_REQUIRE_RECEIVERS !== "1") return context.skip(output);
    expect(output).toMatch(/openapi\.json: \d+ paths, OK/);
    expect(code, output).toBe(0);
  }, 300_000);
});
