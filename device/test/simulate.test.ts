/** `tactus simulate` as its users have it: a small fleet against a real cloud that is killed meanwhile, and an exact account. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CloudProcess } from "./cloud-process.js";
import { BIN, eventually } from "./device-under-test.js";

interface Report {
  kind: "report" | "summary";
  devices: number;
  connected: number;
  restarts: number;
  connects: number;
  misunderstood: number;
  waitingBatches: number;
  account: { produced: number; acknowledged: number; refused: number; unaccounted: number; waiting: number };
}

let folder: string;
let cloud: CloudProcess;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tactus-simulate-"));
  cloud = new CloudProcess(join(folder, "cloud"));
});
afterEach(async () => {
  await cloud.stop();
  rmSync(folder, { recursive: true });
});

/** Runs in an empty folder, so that no token of this machine is found. */
class Simulate {
  stdout = "";
  stderr = "";
  readonly #child;

  constructor(...args: string[]) {
    this.#child = spawn(process.execPath, [BIN, "simulate", ...args], { cwd: folder });
    this.#child.stdout.on("data", (chunk) => {
      this.stdout += chunk;
    });
    this.#child.stderr.on("data", (chunk) => {
      this.stderr += chunk;
    });
  }

  get reports(): Report[] {
    const lines = this.stdout.split("\n").filter((line) => line.startsWith("{") && line.endsWith("}"));
    return lines.map((line) => JSON.parse(line) as Report);
  }

  kill(signal: "SIGINT"): void {
    this.#child.kill(signal);
  }

  async code(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
    return this.#child.exitCode;
  }
}

const at = () => [
  ...["--cloud", cloud.url, "--mqtt", `mqtt://127.0.0.1:${cloud.port}`, "--admin-token", cloud.adminToken],
];

test("a fleet with outages has in the cloud's ledgers exactly what it produced, also when the cloud is killed", async () => {
  await cloud.start();
  const fleet = new Simulate(...at(), "--devices", "50", "--venues", "5", "--outages", "many", "--json");
  await eventually(() => (fleet.reports.at(-1)?.connects ?? 0) >= 50, "all have been connected", 60_000);
  await eventually(() => (fleet.reports.at(-1)?.account.acknowledged ?? 0) > 200, "beats are acknowledged", 60_000);

  await cloud.end("SIGKILL");
  await sleep(3000);
  await cloud.start();
  const before = fleet.reports.at(-1)?.account.acknowledged ?? 0;
  await eventually(() => (fleet.reports.at(-1)?.account.acknowledged ?? 0) > before + 300, "more of them", 120_000);
  fleet.kill("SIGINT");

  expect(await fleet.code(), fleet.stderr).toBe(0);
  const { account, waitingBatches, misunderstood } = fleet.reports.at(-1) as Report;
  expect({ waitingBatches, waiting: account.waiting, refused: account.refused, misunderstood }).toEqual({
    waitingBatches: 0,
    waiting: 0,
    refused: 0,
    misunderstood: 0,
  });
  const sum = { produced: 0, received: 0, lost: 0, unaccounted: 0 };
  for (let index = 0; index < 50; index++) {
    const id = `sim-venue-${(index % 5) + 1}.sim-${index + 1}`;
    const answer = await fetch(`${cloud.url}/api/v1/devices/${id}/ledger`);
    const { total } = (await answer.json()) as { total: typeof sum };
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += total[name];
  }
  console.log(JSON.stringify({ account, sum }));
  expect(sum).toEqual({
    produced: account.produced,
    received: account.acknowledged,
    lost: 0,
    unaccounted: account.unaccounted,
  });
}, 300_000);

test("hours of the past come at their own dates, as fast as the cloud grants", async () => {
  await cloud.start();
  const fleet = new Simulate(
    ...at(),
    "--devices",
    "2",
    "--venues",
    "1",
    "--past",
    "2",
    "--rate",
    "900",
    "--seconds",
    "10",
  );

  expect(await fleet.code(), fleet.stderr).toBe(0);
  expect(fleet.stdout).toMatch(/Beats +produced [\d,]+ = acknowledged [\d,]+ \+ waiting 0 \+/);
  const answer = await fetch(`${cloud.url}/api/v1/devices/sim-venue-1.sim-1`);
  const { history } = (await answer.json()) as { history: { beats: number; firstUs: number } };
  expect(history.beats).toBeGreaterThan(5000);
  expect(Date.now() * 1000 - history.firstUs).toBeGreaterThan(1.9 * 3600e6);
}, 180_000);

test("without a cloud it says how to come by one", async () => {
  const fleet = new Simulate("--devices", "1", "--cloud", "http://127.0.0.1:9");

  expect(await fleet.code()).toBe(1);
  expect(fleet.stderr).toBe(
    "tactus: No cloud answers at http://127.0.0.1:9: start one with `tactus up` or `tactus cloud`, or name another with --cloud <address>\n",
  );
});

test("options that make no sense are a matter of usage", async () => {
  for (const args of [["--devices", "0"], ["--devices", "2.5"], ["--devices", "1", "--outages", "plenty"], []]) {
    const fleet = new Simulate(...args);
    expect(await fleet.code(), args.join(" ")).toBe(2);
  }
});

test("without the admin token it says where it lies", async () => {
  await cloud.start();
  const fleet = new Simulate("--devices", "1", "--cloud", cloud.url);

  expect(await fleet.code()).toBe(1);
  expect(fleet.stderr).toContain('give --admin-token <token>; it lies in the cloud\'s data directory as "admin-token"');
});
