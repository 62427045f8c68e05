import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandResult } from "@tactus/shared";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FromProcess } from "../process-channel.js";
import { CommandMemory } from "./command-memory.js";
import { Commands } from "./commands.js";
import { LogTail } from "./log-tail.js";

const log = pino({ level: "silent" });
const address = { venue: "club", device: "booth" };
const NOW = 1_800_000_000_000_000;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tactus-commands-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function deskOf() {
  const results: CommandResult[] = [];
  const told: FromProcess[] = [];
  const bundles: string[] = [];
  const cloud = {
    isUp: true,
    send(_topic: string, payload: string | Buffer) {
      if (cloud.isUp) results.push(JSON.parse(payload.toString()) as CommandResult);
      return cloud.isUp;
    },
  };
  const tellSupervisor = (message: FromProcess) => told.push(message);
  const clock = { monotonic: () => 0, epochUs: () => NOW };
  const desk = new Commands({
    address,
    cloud,
    memory: new CommandMemory({ path: join(folder, "commands.json"), log }),
    tail: new LogTail({ address, cloud, clock, tellSupervisor }),
    tellSupervisor,
    sendBundle: async (requestId) => {
      bundles.push(requestId);
      return "Sent";
    },
    rotateCredentials: undefined,
    cloudNowUs: () => NOW,
    log,
  });
  desk.start();
  const say = (requestId: string, command: object, expiresAtUs = NOW + 1e6) =>
    desk.hear(Buffer.from(JSON.stringify({ v: 1, requestId, by: "Ada", expiresAtUs, command })));
  return { desk, cloud, results, told, bundles, say };
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

test("a command is done once, also when it comes again in the next life", async () => {
  const first = deskOf();
  first.say("a", { action: "support-bundle" });
  first.say("a", { action: "support-bundle" });
  await settled();
  const next = deskOf();
  next.say("a", { action: "support-bundle" });

  expect([...first.bundles, ...next.bundles]).toEqual(["a"]);
  expect(first.results.at(-1)).toEqual({ v: 1, requestId: "a", state: "done", message: "Sent" });
  expect(next.results).toEqual([{ v: 1, requestId: "a", state: "done", message: "Sent" }]);
});

test("a restart of the agent is done when the next agent is there", () => {
  deskOf().say("r", { action: "restart", part: "agent" });
  const { desk, results } = deskOf();
  desk.linkUp();

  expect(results).toMatchObject([{ requestId: "r", state: "done", message: "The agent was started anew" }]);
});

test("a result that nobody heard is told when the cloud is there again", async () => {
  const { desk, cloud, results, say } = deskOf();
  cloud.isUp = false;
  say("b", { action: "support-bundle" });
  await settled();
  expect(results).toEqual([]);

  cloud.isUp = true;
  desk.linkUp();
  desk.linkUp();

  expect(results.map(({ state }) => state)).toEqual(["done"]);
});

test("what comes too late, or is no command, is refused and does nothing", () => {
  const { desk, results, told, say } = deskOf();
  say("late", { action: "restart", part: "box" }, NOW - 1);
  say("odd", { action: "explode" });
  say("login", { action: "rotate-credentials" });
  for (const text of ["", "{", "null", '{"requestId":5}', "x".repeat(300_000)]) desk.hear(Buffer.from(text));

  expect(results.filter(({ state }) => state !== "accepted").map(({ requestId, state }) => [requestId, state])).toEqual(
    [
      ["late", "refused"],
      ["odd", "refused"],
      ["login", "refused"],
    ],
  );
  expect(told).toEqual([]);
});
