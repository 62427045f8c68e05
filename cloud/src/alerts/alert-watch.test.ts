import { expect, it } from "vitest";
import type { AlertChange } from "./alert.js";
import { AlertWatch } from "./alert-watch.js";
import { statusObservations, telemetryObservations } from "./observations.js";
import { RuleBook } from "./rule-book.js";
import type { StoredScope } from "./rule-settings.js";

const MINUTE = 60e6;
/** A Saturday, 12:00 UTC. */
const NOON = Date.UTC(2026, 10, 21, 12) * 1000;

function watched({ scopes = [] as StoredScope[], tags = [] as string[] } = {}) {
  const changes: AlertChange[] = [];
  const book = new RuleBook({ tagsOf: () => tags });
  book.load(scopes);
  const watch = new AlertWatch({ book, onChange: (change) => changes.push(change) });
  let nowUs = NOON;
  watch.tick(nowUs);
  return {
    watch,
    book,
    changes,
    said: () => changes.splice(0).map(({ subject, rule, kind }) => `${subject} ${rule} ${kind}`),
    now: () => nowUs,
    /** Second by second, as the cloud does. */
    pass(us: number) {
      for (const end = nowUs + us; nowUs < end; ) {
        nowUs += 1e6;
        while (watch.tick(nowUs));
      }
    },
    sleep(us: number) {
      nowUs += us;
      watch.tick(nowUs);
    },
  };
}

const scope = (name: string, settings: Partial<StoredScope["settings"]>): StoredScope => ({
  scope: name,
  settings: { rules: {}, hours: null, mute: null, ...settings },
});

const status = (change: object = {}) =>
  statusObservations({
    ...{ v: 1, session: "s", sessionNumber: 1, state: "online", sentAtUs: 1, name: "", version: "", model: "" },
    ...{ hearing: "up", capture: "running", source: "", conditions: [] },
    ...change,
  } as Parameters<typeof statusObservations>[0]);

it("a device that is away for two minutes is offline, one that is back before is not", () => {
  const { watch, pass, said, now } = watched();

  watch.observe("a.b", status({ state: "offline" }), now());
  pass(1.5 * MINUTE);
  watch.observe("a.b", status(), now());
  pass(5 * MINUTE);
  expect(said()).toEqual([]);
  expect(watch.size).toBe(0);
  watch.observe("a.b", status({ state: "offline" }), now());
  pass(2 * MINUTE + 1e6);
  expect(said()).toEqual(["a.b offline raised"]);
});

it("a cloud that slept counts nobody as away for the time of its sleep", () => {
  const { watch, pass, sleep, said, now } = watched();

  watch.observe("a.b", status({ state: "offline" }), now());
  sleep(60 * MINUTE);
  expect(said()).toEqual([]);
  pass(2.1 * MINUTE);
  expect(said()).toEqual(["a.b offline raised"]);
});

it("a lost input counts only while the room is open, in its own time zone", () => {
  const hours = { timeZone: "America/New_York", open: [{ days: ["sat" as const], from: "22:00", to: "04:00" }] };
  const { watch, pass, said, now } = watched({ scopes: [scope("venue:a", { hours })] });

  watch.observe("a.b", status({ capture: "lost" }), now());
  pass(14 * 60 * MINUTE); // until 02:00 UTC on Sunday, 21:00 in New York
  expect(said()).toEqual([]);
  pass(65 * MINUTE);
  expect(said()).toEqual(["a.b no-audio raised"]);
  pass(6 * 60 * MINUTE); // past 04:00 there
  expect(said()).toEqual(["a.b no-audio cleared"]);
});

it("the nearest layer wins, and a rule that is switched off ends what it raised", () => {
  const rules = { hot: { raise: 70, clear: 60, forS: 0 } };
  const { watch, book, said, now } = watched({ scopes: [scope("fleet", { rules })], tags: ["attic"] });

  watch.observe("a.b", [{ rule: "hot", value: 72 }], now());
  expect(said()).toEqual(["a.b hot raised"]);
  book.load([scope("fleet", { rules }), scope("tag:attic", { rules: { hot: { enabled: false } } })]);
  watch.reconsider(now());
  expect(said()).toEqual(["a.b hot cleared"]);
  expect(book.effective("a.b", "hot", now())?.from).toEqual({
    raise: "fleet",
    clear: "fleet",
    forS: "fleet",
    enabled: "tag:attic",
  });
});

it("counters become rates that a single burst raises only when it lasts, also over a new session", () => {
  const stage = { p50: 1, p99: 2, max: 3 };
  const latency = { capture: stage, frontend: stage, model: stage, decoder: stage, hop: stage };
  const telemetry = (session: string, xruns: number, hops: number, crashes: number) =>
    ({
      v: 1,
      session,
      sentAtUs: 1,
      uptimeS: 1,
      cpu: 0,
      residentMb: 1,
      hops,
      lateHops: 0,
      xruns,
      crashes,
      latency,
    }) as const;
  const reading = (rule: string, { observations }: ReturnType<typeof telemetryObservations>) =>
    observations.find((observation) => observation.rule === rule)?.value;

  const first = telemetryObservations(telemetry("s", 5000, 1e6, 4), undefined, NOON);
  const second = telemetryObservations(telemetry("s", 5010, 1e6 + 500, 4), first.memory, NOON + 10e6);
  const third = telemetryObservations(telemetry("t", 10, 500, 5), second.memory, NOON + 20e6);

  expect(reading("xruns", first)).toBe(0);
  expect(reading("xruns", second)).toBeCloseTo(5);
  expect(reading("xruns", third)).toBeCloseTo(5 * Math.exp(-10 / 120) + 5);
  expect([reading("crashes", first), reading("crashes", second), reading("crashes", third)]).toEqual([0, 0, 1]);
});

it("alerts of before a restart go on: not raised again, and ended when it is over", () => {
  const { watch, pass, said, now } = watched();
  const alert = {
    ...{
      id: 1,
      subject: "a.b",
      rule: "clipping",
      severity: "warning" as const,
      state: "acknowledged" as const,
      message: "",
    },
    ...{
      remedy: "",
      raisedUs: now() - 5e6,
      acknowledgedUs: 0,
      acknowledgedBy: "",
      note: "",
      clearedUs: 0,
      clearedBy: "",
    },
  };
  watch.restore([alert], []);

  watch.observe("a.b", status({ conditions: ["clipping"] }), now());
  pass(5 * MINUTE);
  expect(said()).toEqual([]);
  watch.observe("a.b", status(), now());
  pass(1 * MINUTE);
  expect(said()).toEqual(["a.b clipping cleared"]);
});

it("one that calls itself anything has no end of alerts refused", () => {
  const { watch, said, now } = watched();

  for (let index = 0; index < 500; index++)
    watch.observeAlert(
      "a.b",
      `x${index}`,
      { v: 1, id: `x${index}`, severity: "info", message: "m", remedy: "", sinceUs: 1 },
      now(),
    );

  expect(said().length).toBe(64);
});
