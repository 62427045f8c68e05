import { describe, expect, it } from "vitest";
import type { DeviceLink } from "../broker/device-link.js";
import { OutputWatcher } from "../control/output-watcher.js";
import { OverrideDesk } from "../control/override-desk.js";
import { createLog } from "../log.js";
import { Metrics } from "../metrics.js";
import { UnauthorizedError } from "../problems.js";
import type { Channel } from "./channel.js";
import { DeviceBoard } from "./device-board.js";
import { LiveHub } from "./live-hub.js";
import type { ServerMessage } from "./live-messages.js";
import { LiveSession } from "./live-session.js";

const TOKEN = "0123456789abcdef";

/** A session of a cloud that others can reach, with one device online that never answers. */
function newSession({ heartbeatMs = 60_000 } = {}) {
  const published: string[] = [];
  const said: ServerMessage[] = [];
  const closed: string[] = [];
  const metrics = new Metrics();
  const board = new DeviceBoard();
  const link: DeviceLink = {
    onMessage: () => {},
    publish: async (_at, leaf) => void published.push(leaf),
  };
  board.apply(
    {
      at: { venue: "hall", device: "box" },
      leaf: "status",
      message: {
        v: 1,
        session: "s",
        sessionNumber: 1,
        state: "online",
        sentAtUs: 1,
        name: "Hall",
        version: "1",
        model: "m",
        hearing: "up",
        capture: "running",
        source: "default",
        conditions: [],
      },
    },
    1,
  );
  const channel: Channel = {
    send: async (text) => void said.push(JSON.parse(text) as ServerMessage),
    probe: () => {},
    onAlive: () => {},
    close: (reason) => closed.push(reason),
  };
  const session = new LiveSession({
    channel,
    hub: new LiveHub({ metrics }),
    board,
    desk: new OverrideDesk({ link, board, metrics, answerMs: 5 }),
    outputs: new OutputWatcher({ link, board, now: () => Date.now() * 1000 }),
    access: {
      principal: undefined,
      again: async () => ({ kind: "local", name: "this machine", permissions: ["read"] }),
      authorize: async (token) => {
        if (token !== TOKEN) throw new UnauthorizedError("The token is wrong");
        return { kind: "token", name: "admin", permissions: ["read", "operate", "manage"] };
      },
    },
    log: createLog("silent"),
    now: () => Date.now() * 1000,
    heartbeatMs,
  });
  session.start();
  const take = (message: object) => session.take(JSON.stringify(message));
  return { session, said, closed, published, take };
}

const override = { type: "override", device: "hall.box", requestId: "r", by: "Ada", command: { action: "tap" } };
const settled = (ms = 40) => new Promise((resolve) => setTimeout(resolve, ms));

describe("live session", () => {
  it("lets nobody command a room without the token where one is needed", async () => {
    const { session, said, published, take } = newSession();
    expect(said[0]).toMatchObject({ type: "hello", writeToken: "needed" });
    take(override);
    take({ type: "authorize", token: "guessed" });
    take(override);
    await settled();

    expect(published).toEqual([]);
    expect(said.slice(1)).toMatchObject([
      { type: "problem", requestId: "r", problem: { status: 401 } },
      { type: "problem", requestId: null, problem: { status: 401 } },
      { type: "problem", requestId: "r", problem: { status: 401 } },
    ]);
    session.stop();
  });

  it("passes commands on once the token was given", async () => {
    const { session, said, published, take } = newSession();
    take({ type: "authorize", token: TOKEN });
    take(override);
    await settled();

    expect(published).toEqual(["override/set"]);
    expect(said.slice(1)).toMatchObject([{ type: "authorized" }, { type: "override", outcome: "pending" }]);
    session.stop();
  });

  it("ignores what comes faster than a hand can", async () => {
    const { session, said, take } = newSession();
    for (let index = 0; index < 500; index++) take({ type: "ping", sentAtUs: index });
    await settled();

    const pongs = said.filter(({ type }) => type === "pong").length;
    expect(pongs).toBeGreaterThanOrEqual(60);
    expect(pongs).toBeLessThan(120);
    session.stop();
  });

  it("ends when the other side gives no sign of life", async () => {
    const { session, closed } = newSession({ heartbeatMs: 10 });
    await settled(200);

    expect(closed[0]).toBe("no sign of life");
    session.stop();
  });
});

describe("a page that draws an output", () => {
  const state = {
    v: 1 as const,
    name: "rig",
    kind: "sacn",
    sentAtUs: 1,
    state: "running" as const,
    receiving: "unknown" as const,
    peer: "",
    mode: "following" as const,
    level: 1,
    latencyMs: 0,
    sent: 1,
    errors: 0,
    lastError: "",
    cues: { fired: 0, filled: 0, skipped: 0 },
    jitter: { p50Ms: 0, p95Ms: 0 },
    universes: [1],
  };
  const request = { device: "hall.box", name: "rig", forS: 10 };

  function newWatcher() {
    const published: unknown[] = [];
    const link = {
      onMessage: () => {},
      publish: async (at: object, leaf: string, message: object) => void published.push({ at, leaf, message }),
    };
    const board = new DeviceBoard();
    const clock = { now: 0 };
    board.apply({ at: { venue: "hall", device: "box" }, leaf: "output", message: state }, 1);
    return { watcher: new OutputWatcher({ link, board, now: () => clock.now }), published, clock };
  }

  it("asks the bridge once for many pages, and again when half of the time is over", async () => {
    const { watcher, published, clock } = newWatcher();

    for (let page = 0; page < 5; page++) await watcher.watch(request);
    clock.now = 6e6;
    await watcher.watch(request);

    const message = { v: 1, name: "rig", forS: 10 };
    const asked = { at: { venue: "hall", device: "box" }, leaf: "output/watch", message };
    expect(published).toEqual([asked, asked]);
  });

  it("asks nobody for an output that is not there", async () => {
    const { watcher, published } = newWatcher();

    await watcher.watch({ ...request, name: "other" });
    await watcher.watch({ ...request, device: "hall.other" });

    expect(published).toEqual([]);
  });
});
