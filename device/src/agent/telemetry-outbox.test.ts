import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Summary, TelemetryOutbox } from "./telemetry-outbox.js";
import { TelemetrySender } from "./telemetry-sender.js";

const log = pino({ level: "silent" });
const STAGE = { p50: 0.4, p99: 1.2, max: 3.1 };
const summary = (sequence: number, session = "s"): Summary => ({
  v: 1,
  session,
  sequence,
  sentAtUs: 1_800_000_000_000_000 + sequence * 60_000_000,
  uptimeS: sequence * 60,
  cpu: 0.03 + (sequence % 7) / 1000,
  residentMb: 90.5,
  hops: sequence * 3000,
  lateHops: 0,
  xruns: 0,
  latency: { capture: STAGE, frontend: STAGE, model: STAGE, decoder: STAGE, hop: STAGE },
});

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tactus-telemetry-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function outboxOf(maxBytes = 2 ** 22): TelemetryOutbox {
  const outbox = new TelemetryOutbox({ file: join(folder, "telemetry.db"), maxBytes, log });
  outbox.startSync();
  return outbox;
}
const sequences = (outbox: TelemetryOutbox) => outbox.readSync(0, 10_000).map(({ message }) => message.sequence);

test("summaries are there for the next process, as they were, until the cloud has them", () => {
  const killed = outboxOf();
  for (let k = 0; k < 4; k++) killed.addSync(summary(k));
  killed.addSync(summary(2)); // once is enough

  const next = outboxOf();
  expect(next.readSync(0, 1)[0]?.message).toEqual(summary(0));
  next.forget("s", [0, 2, 99]);
  next.forget("other", [1]);

  expect(sequences(next)).toEqual([1, 3]);
});

test("the oldest go when there is no room, and a damaged file is put aside", () => {
  const outbox = outboxOf(48 * 1024);
  for (let k = 0; k < 500; k++) outbox.addSync(summary(k));
  const kept = sequences(outbox);
  expect(kept.length).toBeGreaterThan(50);
  expect(kept).toEqual(kept.map((_, k) => 500 - kept.length + k));
  outbox.stop();
  writeFileSync(join(folder, "telemetry.db"), "no database at all ".repeat(1000));

  const anew = outboxOf();
  anew.addSync(summary(1));

  expect(sequences(anew)).toEqual([1]);
  expect(readdirSync(folder)).toContain("telemetry.damaged.db");
});

test("an outage is sent afterwards at the pace of the acknowledgements, and what is new does not wait for it", () => {
  const sent: Summary[] = [];
  const cloud = {
    isUp: false,
    send(_topic: string, payload: string | Buffer) {
      if (cloud.isUp) sent.push(JSON.parse(payload.toString()) as Summary);
      return cloud.isUp;
    },
  };
  const clock = { monotonic: () => 5, epochUs: () => 0 };
  const outbox = new TelemetryOutbox({ file: join(folder, "telemetry.db"), maxBytes: 2 ** 22, log });
  const sender = new TelemetrySender({ address: { venue: "v", device: "d" }, outbox, cloud, clock, log });
  sender.start();
  for (let k = 0; k < 100; k++) sender.add(summary(k));
  cloud.isUp = true;
  sender.linkUp();
  expect(sent.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 24 }, (_, k) => k));

  sender.add(summary(100));
  expect(sent.at(-1)?.sequence).toBe(100);
  for (const junk of ["", "{}", "[]", '{"v":1,"session":"s","sequences":["x"]}']) sender.acknowledge(Buffer.from(junk));
  for (let k = 0; k < sent.length; k++) {
    sender.acknowledge(Buffer.from(JSON.stringify({ v: 1, session: "s", sequences: [sent[k]?.sequence] })));
  }

  expect(outbox.count).toBe(0);
  expect(sequencesOf(sent).sort((a, b) => a - b)).toEqual(Array.from({ length: 101 }, (_, k) => k));
  sender.stop();
});

const sequencesOf = (sent: readonly Summary[]): number[] => sent.map(({ sequence }) => sequence);
