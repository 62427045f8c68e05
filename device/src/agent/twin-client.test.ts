import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DesiredModel, ReportedModels } from "@tactus/shared";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DeviceConfig } from "../config.js";
import { ownSettings, type Settings } from "../remote-settings.js";
import type { ModelUpdater } from "../update/model-updater.js";
import { TwinClient } from "./twin-client.js";

const log = pino({ level: "silent" });
const own = ownSettings(DeviceConfig.parse({ device: "booth" }));
const MODEL: DesiredModel = {
  name: "beat",
  version: "1.2.0",
  rollout: "",
  switch: { when: "quiet", windows: [], lockExpiresS: 0 },
  shadowS: 60,
  probationS: 60,
};

class Updater implements ModelUpdater {
  readonly wanted: (DesiredModel | undefined)[] = [];
  onChange = () => {};
  want(model: DesiredModel | undefined): void {
    this.wanted.push(model);
  }
  report(): ReportedModels {
    return { active: { name: "beat", version: "1.0.0" }, standby: null, update: null };
  }
}

let stateDir = "";
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "tactus-twin-"));
});
afterEach(() => rmSync(stateDir, { recursive: true }));

function clientOf(updater: Updater | undefined = new Updater()) {
  const applied: Settings[] = [];
  const client = new TwinClient({
    own,
    stateDir,
    updater,
    onSettings: (settings) => applied.push(settings),
    onChange: () => {},
    log,
  });
  client.start();
  const say = (message: unknown) =>
    client.hear(Buffer.from(typeof message === "string" ? message : JSON.stringify(message)));
  return { client, applied, updater, say };
}

test("a wish is applied once, an older one not at all", () => {
  const { client, applied, say, updater } = clientOf();

  say({ v: 1, version: 7, config: { leadMs: 300 }, model: MODEL });
  say({ v: 1, version: 7, config: { leadMs: 300 }, model: MODEL });
  say({ v: 1, version: 6, config: { leadMs: 900 } });
  say({ v: 1, version: 8, config: { leadMs: 300 } });

  expect(applied.map(({ leadMs }) => leadMs)).toEqual([300]);
  expect(client.facts).toMatchObject({ desiredVersion: 8, config: { leadMs: 300 }, own: { leadMs: 200 }, refused: [] });
  expect(updater?.wanted).toEqual([MODEL, MODEL, undefined]);
});

test("the last wish holds in the next life, without the cloud, until a newer one comes", () => {
  clientOf().say({ v: 1, version: 3, config: { leadMs: 400, colour: "red" } });

  const { client, say } = clientOf();

  expect(client.settings.leadMs).toBe(400);
  expect(client.facts).toMatchObject({ desiredVersion: 3, refused: [{ setting: "colour" }] });
  say({ v: 1, version: 4, config: {} });
  expect(client.settings.leadMs).toBe(200);
});

test("a model that no box could take is refused with its reason, and the settings beside it hold", () => {
  const { client, updater, say } = clientOf();
  say({ v: 1, version: 1, config: { leadMs: 300 }, model: { ...MODEL, version: "newest" } });

  expect(updater?.wanted).toEqual([]);
  expect(client.facts.refused).toMatchObject([{ setting: "model", reason: expect.stringContaining("version") }]);
  expect(client.settings.leadMs).toBe(300);
});

test("whatever comes as a wish, the box has settings that go together: fuzz", () => {
  const { client, say } = clientOf();
  let seed = 11;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const values = [0, -1, 1e9, 50, 150, 700, "x", "", null, true, [], {}, "debug", "y".repeat(300), Number.NaN];
  const names = [...Object.keys(own), "__proto__", "constructor", "colour", ""];
  const any = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  for (let version = 1; version < 300; version++) {
    const config = Object.fromEntries(Array.from({ length: 5 }, () => [any(names), any(values)]));
    const message = JSON.stringify({ v: 1, version, config, ...(random() < 0.3 ? { model: any(values) } : {}) });
    say(random() < 0.1 ? message.slice(0, Math.floor(random() * message.length)) : message);

    const { leadMs, freezeMs, name } = client.settings;
    expect(freezeMs).toBeLessThanOrEqual(leadMs);
    expect(name.length).toBeGreaterThan(0);
    expect(client.facts.refused.length).toBeLessThanOrEqual(32);
  }
  say("x".repeat(300_000));
});
