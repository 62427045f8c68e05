import {
  ActivationMessage,
  BeatPrediction,
  type Clock,
  GridMessage,
  LevelsMessage,
  type OverrideAction,
  OverrideState,
  TempoMessage,
  TimePong,
} from "@tactus/shared";
import { pino } from "pino";
import { expect, test } from "vitest";
import type { GridEvent, GridState, OverrideResult } from "../../grid/grid-event.js";
import { BandLevels } from "../band-levels.js";
import { EpochClock } from "../epoch-clock.js";
import { Loudness } from "../loudness.js";
import { RoomClock } from "../room-clock.js";
import { StreamClock } from "../stream-clock.js";
import { ActivationPublisher } from "./activation-publisher.js";
import { BeatPublisher } from "./beat-publisher.js";
import { GridPublisher, SILENT_GRID } from "./grid-publisher.js";
import { LevelsPublisher } from "./levels-publisher.js";
import { MemoryOutlet } from "./memory-outlet.js";
import { OverrideSubscriber } from "./override-subscriber.js";
import { TimeResponder } from "./time-responder.js";

/** Stream time 0 was in the room at monotonic 1000 s, which was this instant (and half a millisecond). */
const EPOCH_MS = 1_800_000_000_000;

/** A room at stream time `now`. */
function roomAt(now: number) {
  const time = { now: 1000 + now };
  const clock: Clock = { monotonic: () => time.now, epochUs: () => 0 };
  const stream = new StreamClock();
  stream.observe(0, 1000);
  const epoch = new EpochClock({ floorMs: 0 });
  epoch.observe(1000, EPOCH_MS);
  const room = new RoomClock({ stream, epoch, clock });
  const warnings: string[] = [];
  const log = pino({ level: "warn" }, { write: (line: string) => void warnings.push(JSON.parse(line).reason) });
  return { room, clock, time, outlet: new MemoryOutlet(), log, warnings };
}
const epochUsOf = (stream: number) => EPOCH_MS * 1000 + 500 + stream * 1e6;

const EVENT: GridEvent = {
  beatId: "s-1",
  rev: 1,
  state: "revised",
  time: 12.15,
  beatInBar: 1,
  beatsPerBar: 4,
  bar: 6,
  bpm: 127.917,
  confidence: 0.93761,
  uncertaintyMs: 6.13,
  source: "tracker",
  announcedAt: 12,
};
const GRID: GridState = {
  music: true,
  running: true,
  period: 0.5,
  anchor: 11.5,
  beatInBar: 2,
  beatsPerBar: 4,
  bar: 5,
  confidence: 0.9,
  alternatives: [{ bpm: 60, share: 0.1 }],
  source: "tracker",
};

test("a beat is dated in the room and by how long it is until then", () => {
  const { room, outlet } = roomAt(12);

  new BeatPublisher({ outlet, room, levels: new BandLevels() }).publish(EVENT);

  const [message] = outlet.of("beat");
  expect(BeatPrediction.parse(message)).toEqual({
    v: 1,
    beatId: "s-1",
    rev: 1,
    state: "revised",
    dueAtUs: epochUsOf(12.15),
    dueInMs: 150,
    beatInBar: 1,
    beatsPerBar: 4,
    bar: 6,
    bpm: 127.92,
    confidence: 0.938,
    uncertaintyMs: 6.1,
    source: "tracker",
    energy: { low: 0, mid: 0, high: 0 },
  });
  expect(outlet.published[0]?.options.retain ?? false).toBe(false);
});

test("the grid is retained and repeated once a second while nothing changes", () => {
  const { room, outlet, time } = roomAt(12);
  const publisher = new GridPublisher({ outlet, room, session: "s" });

  for (let tick = 0; tick <= 20; tick++) {
    publisher.update(
      {
        ...GRID,
        anchor: 11.5 + Math.floor(tick / 5) * 0.5,
        beatInBar: 2 + Math.floor(tick / 5) > 4 ? 1 : 2 + Math.floor(tick / 5),
      },
      "automatic",
      time.now + tick / 10,
    );
  }

  expect(outlet.of("grid")).toHaveLength(3);
  expect(outlet.published.every(({ options }) => options.retain === true)).toBe(true);
  expect(GridMessage.parse(outlet.of("grid")[0])).toMatchObject({
    bpm: 120,
    period: 0.5,
    anchorUs: epochUsOf(11.5),
    beatInBar: 2,
  });
});

test.each<[string, Partial<GridState>]>([
  ["tempo", { period: 0.48 }],
  ["phase", { anchor: 11.52 }],
  ["bar", { beatInBar: 3 }],
  ["end", { running: false }],
])("a change of %s is told at once", (_what, change) => {
  const { room, outlet, time } = roomAt(12);
  const publisher = new GridPublisher({ outlet, room, session: "s" });
  publisher.update(GRID, "automatic", time.now);

  publisher.update({ ...GRID, ...change }, "automatic", time.now + 0.1);

  expect(outlet.of("grid")).toHaveLength(2);
});

test.each<[string, GridState, OverrideState["mode"], string, number]>([
  ["silent", SILENT_GRID, "automatic", "silent", 0],
  ["searching", { ...GRID, running: false }, "automatic", "searching", 0],
  ["tracking", GRID, "automatic", "tracking", 120],
  ["held", GRID, "held", "held", 120],
])("tempo says %s", (_name, grid, mode, state, bpm) => {
  const { room, outlet, time } = roomAt(12);

  new GridPublisher({ outlet, room, session: "s" }).update(grid, mode, time.now);

  expect(TempoMessage.parse(outlet.of("tempo")[0])).toEqual({ v: 1, bpm, state });
});

test("a grid that does not run promises no beat", () => {
  const { room, outlet, time } = roomAt(12);

  new GridPublisher({ outlet, room, session: "s" }).update(SILENT_GRID, "automatic", time.now);

  expect(GridMessage.parse(outlet.of("grid")[0])).toMatchObject({ running: false, period: 0, bpm: 0, anchorUs: 0 });
});

test("levels are made only while somebody reads them", () => {
  const { room, outlet } = roomAt(12);
  const publisher = new LevelsPublisher({ outlet, room, levels: new BandLevels(), loudness: new Loudness() });

  publisher.publish();
  outlet.readers.add("levels");
  publisher.publish();

  expect(outlet.of("levels").map((message) => LevelsMessage.parse(message))).toHaveLength(1);
  expect(outlet.of("levels")[0]).toMatchObject({ rmsDb: -120, peakDb: -120 });
});

test("activations are sent in messages of at least five, dated by the first, while somebody reads them", () => {
  const { room, outlet } = roomAt(12);
  const publisher = new ActivationPublisher({ outlet, room });
  const quiet = { downbeat: 0, beatIn100ms: 0, beatIn200ms: 0, music: 1 };
  outlet.readers.add("activation");

  for (let hop = 0; hop < 12; hop += 2) {
    const activations = [hop, hop + 1].map((k) => ({ ...quiet, beat: 0.05 * k }));
    publisher.publish({ from: 11 + hop * 0.02, activations });
  }

  const messages = outlet.of("activation").map((message) => ActivationMessage.parse(message));
  expect(messages.map(({ fromUs }) => fromUs)).toEqual([epochUsOf(11), epochUsOf(11.12)]);
  expect(messages[1]?.beat).toEqual([0.3, 0.35, 0.4, 0.45, 0.5, 0.55]);
});

test("a ping is answered with its stamp and ours", () => {
  const { room, clock, outlet, log } = roomAt(12);
  new TimeResponder({ outlet, room, clock, log }).start();

  outlet.send("time/ping", JSON.stringify({ v: 1, client: "desk", sentAtUs: 42 }));

  expect(TimePong.parse(outlet.of("time/pong")[0])).toEqual({
    v: 1,
    client: "desk",
    pingSentAtUs: 42,
    receivedAtUs: epochUsOf(12),
    sentAtUs: epochUsOf(12),
  });
});

/** A hand that does what it is told and remembers it. */
class ScriptedHand {
  readonly done: { action: OverrideAction; at: number }[] = [];
  result: OverrideResult = {
    mode: "automatic",
    octave: "as-heard",
    nudgeMs: 0,
    bpm: 0,
    by: "",
    refused: "",
    since: 0,
    expiresAt: 0,
  };

  override(action: OverrideAction, at: number, by: string): OverrideResult {
    this.done.push({ action, at });
    if (action.action === "half") return { ...this.result, refused: "No beat to halve" };
    this.result = { ...this.result, by, mode: "held", since: at, expiresAt: at + 600 };
    return this.result;
  }

  overrideState(): OverrideResult {
    return this.result;
  }
}

function desk() {
  const setup = roomAt(12);
  const pipeline = new ScriptedHand();
  const subscriber = new OverrideSubscriber({ ...setup, pipeline });
  subscriber.start();
  const send = (command: object, requestId = "r1") =>
    setup.outlet.send("override/set", JSON.stringify({ v: 1, requestId, by: "Ada", command }));
  const states = () => setup.outlet.of("override/state").map((message) => OverrideState.parse(message));
  return { ...setup, pipeline, subscriber, send, states };
}

test("what the hand does is told at the start, retained", () => {
  const { outlet, states } = desk();

  expect(states()).toMatchObject([{ mode: "automatic", lastRequestId: "" }]);
  expect(outlet.published[0]?.options).toEqual({ retain: true, qos: 1 });
});

test("a request is done and answered with its id, who, and until when", () => {
  const { send, states, pipeline } = desk();

  send({ action: "hold", bpm: 128 });

  expect(pipeline.done).toEqual([{ action: { action: "hold", bpm: 128 }, at: 12 }]);
  expect(states()[1]).toMatchObject({
    mode: "held",
    by: "Ada",
    lastRequestId: "r1",
    refused: "",
    sinceUs: epochUsOf(12),
    expiresAtUs: epochUsOf(612),
  });
});

test("a tap counts from when it was made, if its clock is near ours", () => {
  const { send, pipeline, states } = desk();

  send({ action: "tap", atUs: epochUsOf(11.75) });
  send({ action: "tap", atUs: epochUsOf(11.75) + 3_600_000_000 }, "r2");

  expect(pipeline.done.map(({ at }) => at)).toEqual([expect.closeTo(11.75, 6)]);
  expect(states().at(-1)).toMatchObject({
    lastRequestId: "r2",
    refused: "atUs is 3600 s from now: set the clock, or leave it out",
  });
});

test("a refusal is told with its reason, until the next request", () => {
  const { send, states, subscriber } = desk();

  send({ action: "half" });
  subscriber.refresh();
  send({ action: "release" }, "r2");

  expect(
    states()
      .slice(1)
      .map(({ lastRequestId, refused }) => [lastRequestId, refused]),
  ).toEqual([
    ["r1", "No beat to halve"],
    ["r2", ""],
  ]);
});

test("a hand that lets go by itself is told without a request", () => {
  const { subscriber, states, pipeline } = desk();
  pipeline.result = { ...pipeline.result, mode: "held", since: 12 };
  subscriber.refresh();

  pipeline.result = { ...pipeline.result, mode: "automatic", since: 20 };
  subscriber.refresh();
  subscriber.refresh();

  expect(states().map(({ mode }) => mode)).toEqual(["automatic", "held", "automatic"]);
});

test.each([
  ["no JSON", "tap!"],
  ["nothing", ""],
  ["another version", '{"v":2,"requestId":"r","by":"x","command":{"action":"tap"}}'],
  ["an unknown command", '{"v":1,"requestId":"r","by":"x","command":{"action":"explode"}}'],
  ["a nudge out of range", '{"v":1,"requestId":"r","by":"x","command":{"action":"nudge","ms":9999}}'],
  ["a deep nest", "[".repeat(10_000)],
])("%s is one warning and changes nothing", (_what, payload) => {
  const { outlet, warnings, states, pipeline, send } = desk();

  outlet.send("override/set", payload);
  outlet.send("override/set", payload);

  expect(warnings).toEqual([expect.stringMatching(/^override\/set: /)]);
  expect(pipeline.done).toEqual([]);
  send({ action: "hold" });
  expect(states().at(-1)).toMatchObject({ lastRequestId: "r1", refused: "" });
});

test("bytes that are no UTF-8 are one warning", () => {
  const { outlet, warnings } = desk();

  outlet.send("override/set", Uint8Array.of(0xff, 0xfe, 0x00, 0xc3));

  expect(warnings).toEqual(["override/set: not JSON"]);
});
