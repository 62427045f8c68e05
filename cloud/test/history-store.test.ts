import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InfluxHistory } from "../dist/store/influx-history.js";
import { openSqliteHistory } from "../dist/store/sqlite-history.js";
import { eventually } from "./cloud-under-test.js";
import { historyStoreCases } from "./history-store.cases.js";
import { beatAt } from "./simulated-device.js";

let folder = "";
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactus-stores-"));
});
afterAll(() => rm(folder, { recursive: true }));
const file = () => join(folder, `${files++}.db`);
const onLost = (error: Error) => {
  throw error;
};

historyStoreCases("SQLite", () => openSqliteHistory({ file: file(), onLost }));

const {
  INFLUX_URL: url,
  INFLUX_TOKEN: token,
  INFLUX_ORG: org = "tactus",
  INFLUX_BUCKET: bucket = "tactus",
} = process.env;
if (url && token)
  historyStoreCases("InfluxDB", () => InfluxHistory.open({ url, token, org, bucket, booksFile: file(), onLost }));
else it.skip("history in InfluxDB, write and query: NOT RUN, give INFLUX_URL and INFLUX_TOKEN", () => {});

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

const found = await new Promise<boolean>((resolve) => {
  const probe = spawn("victoria-metrics", ["-version"], { stdio: "ignore" });
  probe.once("error", () => resolve(false)).once("exit", () => resolve(true));
});

/** It takes what InfluxDB takes, but has no Flux: the way in, against a real server. */
describe.skipIf(!found)("history in InfluxDB, the way in, against victoria-metrics", () => {
  let server: ChildProcess;
  let at = "";
  const start = async () => {
    const port = Number(new URL(at).port);
    const args = [
      `-httpListenAddr=127.0.0.1:${port}`,
      `-storageDataPath=${join(folder, "vm")}`,
      "-retentionPeriod=100y",
    ];
    server = spawn("victoria-metrics", args, { stdio: "ignore" });
    await eventually(
      () =>
        fetch(`${at}/health`).then(
          (answer) => answer.ok,
          () => false,
        ),
      "it answers",
    );
  };
  beforeAll(async () => {
    at = `http://127.0.0.1:${await freePort()}`;
    await start();
  });
  afterAll(async () => {
    server.kill();
    await once(server, "exit");
  });

  const open = (booksFile: string) =>
    InfluxHistory.open({ url: at, token: "t", org: "o", bucket: "b", booksFile, onLost });
  const stampsOf = async (device: string): Promise<number[]> => {
    await fetch(`${at}/internal/force_flush`);
    const text = await (await fetch(`${at}/api/v1/export?match[]=beat_bpm{device="${device}"}&start=0`)).text();
    const series = text.trim().split("\n").filter(Boolean);
    return series.flatMap((line) => (JSON.parse(line) as { timestamps: number[] }).timestamps);
  };
  const NOW = Math.floor(Date.now() / 1000) * 1e6 - 7200e6;
  const batchOf = (sequence: number, count: number) => ({
    ...{ v: 1 as const, session: "s", sequence },
    beats: Array.from({ length: count }, (_, k) => beatAt(NOW + (sequence * 1000 + k) * 5000)),
  });
  const given = (deviceId: string, ...batches: ReturnType<typeof batchOf>[]) =>
    batches.map((batch) => ({ deviceId, receivedAtUs: NOW, batch }));

  it("every beat is readable as soon as append has returned, however many there are", async () => {
    const store = await open(file());
    for (const size of [999, 1000, 1001]) {
      const device = `hall.size${size}`;
      const groups = [0, 1, 2, 3, 4].map((sequence) => batchOf(sequence, Math.min(1000, size)));

      expect(await store.append(given(device, ...groups))).toEqual(groups.map(() => "stored"));
      expect((await stampsOf(device)).length).toBe(5 * Math.min(1000, size));
    }
    await store.close();
  });

  it("a batch is written once, also by a cloud that has been started again", async () => {
    const books = file();
    const first = await open(books);
    await first.append(given("hall.again", batchOf(0, 10)));
    await first.close();
    const second = await open(books);

    expect(await second.append(given("hall.again", batchOf(0, 10), batchOf(1, 5)))).toEqual(["duplicate", "stored"]);
    expect(await stampsOf("hall.again")).toHaveLength(15);
    await second.close();
  });

  it("while the server is down nothing is taken, it is said, and afterwards everything is", async () => {
    const store = await open(file());
    server.kill("SIGKILL");
    await once(server, "exit");
    const refused = await store.append(given("hall.down", batchOf(0, 10))).catch((error: Error) => error);
    const { problems } = await store.state();
    await start();

    expect(refused).toMatchObject({ name: "UnavailableError" });
    expect(problems[0]).toMatch(/^InfluxDB at http.* does not take or give history/);
    expect(await store.append(given("hall.down", batchOf(0, 10)))).toEqual(["stored"]);
    expect(await stampsOf("hall.down")).toHaveLength(10);
    expect((await store.state()).problems).toEqual([]);
    await store.close();
  });
});
