/** Rollouts through the front door: asked for by HTTP, carried out by boxes over MQTT, seen by HTTP. */
import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { createLog, loadConfig, startCloud } from "@tactus/cloud";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually, newDataDir } from "./cloud-under-test.js";
import { healthy, shadow } from "./healthy-room.js";
import { SimulatedUpdater } from "./simulated-updater.mjs";

const QUICK = { soakS: 0.2, gate: { musicHours: 0 } };
const PHASES = [{ percent: 25, ...QUICK }, { percent: 100, ...QUICK }]; // biome-ignore format: two phases
const AT_ONCE = { when: "any", shadowS: 600 };
const ACTIVE = { name: "m", version: "1.0.0" };

let dataDir: string;
let cloud: Awaited<ReturnType<typeof startCloud>>;
let releases: { name: string; version: string; state: string }[];
let boxes: SimulatedUpdater[];

beforeEach(async () => {
  dataDir = await newDataDir();
  releases = ["3.0.0", "2.0.0", "1.0.0"].map((version) => ({ name: "m", version, state: "published" }));
  boxes = [];
  const config = await loadConfig(undefined, { dataDir, host: "127.0.0.1", port: 0, mqttPort: 0 });
  config.rollouts = { tickS: 0.1, blockS: 600, unreachableAfterS: 2 };
  const models = { list: async () => releases as never };
  cloud = await startCloud(config, { log: createLog("silent"), onFatal: (error) => console.error(error), models });
});

afterEach(async () => {
  for (const box of boxes) await box.disconnect();
  await cloud.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function ask<T = RolloutAnswer>(
  method: string,
  path: string,
  body?: unknown,
  headers = {},
): Promise<{ status: number; answer: T }> {
  const response = await fetch(`${cloud.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${cloud.adminToken}`,
      "tactus-operator": "Ada",
      ...headers,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, answer: (text === "" ? undefined : JSON.parse(text)) as T };
}

interface RolloutAnswer {
  id: string;
  state: string;
  status: string;
  phase: number;
  detail: string;
  remedy: string;
  field: string;
  devices: { deviceId: string; state: string; previous: { version: string }; windows: object[] }[];
  decisions: {
    action: string;
    by: string;
    reason: string;
    evidence: { metric: string; verdict: string; text: string }[];
  }[];
  gates: { metric: string; text: string }[];
  rollBack: string | null;
}

async function fleet(ids: string[], options: object = {}, tags: string[] = []): Promise<SimulatedUpdater[]> {
  const placements = ids.map((device) => ({ device, name: "", tags, by: "test" }));
  const logins = await cloud.identity.provision(placements, { replace: true });
  const made = logins.map(
    ({ username: device, password }) =>
      new SimulatedUpdater({
        mqttUrl: cloud.mqttUrl,
        deviceId: device,
        password,
        active: ACTIVE,
        stepMs: 5,
        health: healthy,
        shadow,
        ...options,
      }),
  );
  for (const box of made) {
    await box.connect();
    box.play(300);
  }
  boxes.push(...made);
  return made;
}

const idsOf = (count: number, venue = "club") => Array.from({ length: count }, (_, k) => `${venue}.box-${k}`);
const versions = () => boxes.map(({ active }) => active.version);
const rollout = async (id: string) => (await ask("GET", `/rollouts/${id}`)).answer;
const untilState = (id: string, state: string) =>
  eventually(async () => {
    const answer = await rollout(id);
    return answer.state === state ? answer : undefined;
  }, `rollout ${state}`);
const roll = async (body: object, headers = {}) => {
  const made = await ask(
    "POST",
    "/rollouts",
    { model: "m", version: "2.0.0", phases: PHASES, switch: AT_ONCE, ...body },
    headers,
  );
  if (made.status !== 201) throw new Error(JSON.stringify(made.answer));
  return made.answer.id;
};

describe("a rollout", () => {
  it("goes phase by phase to every device, and says why at every step", async () => {
    await fleet([...idsOf(4, "club"), ...idsOf(4, "bar")]);
    const id = await roll({ note: "less wavering" });
    const done = await untilState(id, "completed");

    expect(versions()).toEqual(new Array(8).fill("2.0.0"));
    expect(done.decisions.map(({ action, by }) => [action, by])).toEqual([
      ["create", "Ada"],
      ["advance", "rollout"],
      ["complete", "rollout"],
    ]);
    expect(done.decisions[1]?.reason).toContain("From 25 to 100 %");
    expect(done.decisions[1]?.evidence.map(({ metric }) => metric)).toContain("stability");
    expect(done.devices.every(({ previous }) => previous.version === "1.0.0")).toBe(true);
    const wish = boxes[0]?.wishes.at(-1).model;
    expect(wish).toMatchObject({
      rollout: id,
      shadowS: 600,
      switch: { when: "quiet", windows: [], lockExpiresS: 604_800 },
    });
  });

  it("gives devices that come late, and new ones, their phase's model", async () => {
    const [away] = await fleet(idsOf(4));
    await away!.disconnect();
    const id = await roll({});
    await untilState(id, "completed");
    expect(versions().sort()).toEqual(["1.0.0", "2.0.0", "2.0.0", "2.0.0"]);

    await away!.connect();
    await fleet(["bar.new"]);
    await eventually(() => versions().every((version) => version === "2.0.0"), "late and new ones have it");
  });

  it("is stopped at once by failing updates, and nobody is left with it", async () => {
    const corrupt = () => "failed";
    await fleet(idsOf(8), {
      fails: ({ version }: { version: string }) => (version === "2.0.0" ? corrupt() : undefined),
    });
    const stopped = await untilState(await roll({}), "aborted");

    expect(stopped.decisions.at(-1)?.reason).toContain("Updates that failed, were refused or rolled back");
    expect(stopped.rollBack).toBe("now");
    expect(versions()).toEqual(new Array(8).fill("1.0.0"));
  });

  it("is stopped by a crash loop, and rolled back", async () => {
    await fleet(idsOf(4));
    for (const box of boxes) await box.tellHealth();
    const id = await roll({ phases: [{ percent: 25, soakS: 60, gate: {} }, 100] });
    const first = await eventually(() => boxes.find(({ active }) => active.version === "2.0.0"), "one has it");
    await eventually(async () => (await rollout(id)).status.startsWith("Soaks"), "soaks");
    first.crash(3);
    await first.tellHealth();

    const stopped = await untilState(id, "aborted");
    expect(stopped.decisions.at(-1)?.reason).toContain("Most crashes of a device within ten minutes: 3");
    await eventually(() => versions().every((version) => version === "1.0.0"), "rolled back");
    expect((await rollout(id)).devices[0]?.state).toBe("back");
  });

  it("stops itself when its model is revoked, also after it was completed", async () => {
    await fleet(idsOf(3));
    const id = await roll({});
    await untilState(id, "completed");
    releases[1]!.state = "revoked";

    const stopped = await untilState(id, "aborted");
    expect(stopped.decisions.at(-1)?.reason).toContain("m 2.0.0 may not be given out any more");
    await eventually(() => versions().every((version) => version === "1.0.0"), "rolled back");
  });

  it("is paused, resumed, advanced, aborted and rolled back by hand", async () => {
    await fleet(idsOf(4));
    const id = await roll({
      phases: [
        { percent: 25, soakS: 3600, gate: {} },
        { percent: 100, soakS: 3600, gate: {} },
      ],
    });
    await eventually(() => versions().includes("2.0.0"), "one has it");

    expect((await ask("POST", `/rollouts/${id}/pause`)).answer.state).toBe("paused");
    expect((await ask("POST", `/rollouts/${id}/advance`)).status).toBe(409);
    expect((await ask("POST", `/rollouts/${id}/resume`, { reason: "looks well" })).answer.state).toBe("running");
    expect((await ask("POST", `/rollouts/${id}/advance`)).answer.phase).toBe(1);
    await eventually(() => versions().every((version) => version === "2.0.0"), "all have it");
    expect((await ask("POST", `/rollouts/${id}/abort`, { rollBack: false })).answer).toMatchObject({
      state: "aborted",
      rollBack: null,
    });
    await sleep(300);
    expect(versions()).toEqual(new Array(4).fill("2.0.0"));
    await ask("POST", `/rollouts/${id}/rollback`, { reason: "sounds wrong", when: "now" });
    await eventually(() => versions().every((version) => version === "1.0.0"), "all are back");

    const { decisions } = await rollout(id);
    expect(decisions.map(({ action }) => action)).toEqual([
      "create",
      "pause",
      "resume",
      "advance",
      "abort",
      "roll-back",
    ]);
    expect(decisions.at(-1)).toMatchObject({ by: "Ada", reason: "sounds wrong" });
  });

  it("made twice under one key is one, and another wish under it is refused", async () => {
    const key = { "idempotency-key": "release-2" };
    const id = await roll({}, key);

    const again = await ask(
      "POST",
      "/rollouts",
      { model: "m", version: "2.0.0", phases: PHASES, switch: AT_ONCE },
      key,
    );
    expect([again.status, again.answer.id]).toEqual([200, id]);
    expect((await ask("POST", "/rollouts", { model: "m", version: "3.0.0" }, key)).status).toBe(409);
  });

  it("shares no device with another: refused, or queued until that one has ended", async () => {
    await fleet(idsOf(2, "club"));
    await fleet(idsOf(2, "bar"));
    const long = [{ percent: 100, soakS: 3600, gate: {} }];
    const first = await roll({ target: "venue:club", phases: long });
    const beside = await roll({ target: "venue:bar", version: "3.0.0", phases: long });
    await eventually(() => versions().join() === "2.0.0,2.0.0,3.0.0,3.0.0", "both go their way");

    const refused = await ask("POST", "/rollouts", { model: "m", version: "3.0.0", target: "all" });
    expect(refused.status).toBe(409);
    expect(refused.answer.detail).toMatch(/are in rollout r-/);
    const queued = await roll({ target: "venue:club", version: "3.0.0", whenBusy: "queue", phases: long });
    expect((await rollout(queued)).state).toBe("queued");
    await ask("POST", `/rollouts/${first}/abort`);
    await untilState(queued, "running");
    await eventually(() => versions().every((version) => version === "3.0.0"), "queued one has begun");
    expect((await rollout(beside)).state).toBe("running");
  });

  it.each([
    [{}, 400, "Rollout model"],
    [{ model: "m", version: "2.0" }, 400, "is not a version like 0.3.0"],
    [{ model: "m", version: "9.0.0" }, 400, "is not signed, or was revoked"],
    [{ model: "other", version: "1.0.0" }, 400, "is not signed"],
    [{ model: "m", version: "2.0.0", target: "pilot and (" }, 400, "wrong at character 12"],
    [{ model: "m", version: "2.0.0", phases: [25, 5] }, 400, "more percent than the one before"],
    [{ model: "m", version: "2.0.0", phases: [0] }, 400, "phases"],
    [{ model: "m", version: "2.0.0", colour: "red" }, 400, "colour"],
    [{ model: "m", version: "2.0.0", alpha: 2 }, 400, "alpha"],
  ])("refuses %j", async (body, status, message) => {
    const refused = await ask("POST", "/rollouts", body);

    expect(refused.status).toBe(status);
    expect(refused.answer.detail).toContain(message);
    expect((await ask<{ rollouts: object[] }>("GET", "/rollouts")).answer.rollouts).toEqual([]);
  });

  it("is for administrators", async () => {
    const refused = await fetch(`${cloud.url}/api/v1/rollouts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect(refused.status).toBe(401);
    expect((await ask("GET", "/rollouts/r-none")).status).toBe(404);
    expect((await ask("POST", "/rollouts/r-none/pause")).status).toBe(404);
  });
});

describe("a device's model", () => {
  it("is the operator's choice before any rollout's, until it is taken back", async () => {
    const [pinned] = await fleet(idsOf(3));
    const put = await ask<{ pin: { by: string } }>("PUT", "/devices/club.box-0/model", {
      name: "m",
      version: "3.0.0",
      when: "now",
    });
    expect([put.status, put.answer.pin.by]).toEqual([200, "Ada"]);
    await eventually(() => pinned!.active.version === "3.0.0", "the pin holds");
    await untilState(await roll({}), "completed");
    expect(versions()).toEqual(["3.0.0", "2.0.0", "2.0.0"]);

    expect((await ask("PUT", "/devices/club.box-0/model", { name: "m", version: "9.9.9" })).status).toBe(400);
    expect((await ask("DELETE", "/devices/club.box-0/model")).status).toBe(204);
    await eventually(() => pinned!.active.version === "2.0.0", "the completed rollout takes it in");
    expect((await ask("DELETE", "/devices/club.box-0/model")).status).toBe(404);
  });

  it("goes down everywhere in one call, which ends what is under way", async () => {
    await fleet(idsOf(4));
    const id = await roll({ phases: [{ percent: 50, soakS: 3600, gate: {} }, 100] });
    await eventually(() => versions().filter((version) => version === "2.0.0").length === 2, "half have it");

    const down = await ask("POST", "/models/m/1.0.0/activate", { when: "now", note: "festival" });
    expect(down.status).toBe(201);
    await eventually(() => versions().every((version) => version === "1.0.0"), "all are down");
    const ended = await rollout(id);
    expect([ended.state, ended.decisions.at(-1)?.reason]).toEqual(["aborted", "m 1.0.0 was activated"]);
  });
});

describe("a venue", () => {
  it("has a time zone and windows, and boxes are told them as instants", async () => {
    const path = "/venues/club";
    expect((await ask("GET", path)).answer).toMatchObject({ isDefault: true, timeZone: "UTC", quiet: true });
    const put = await ask<{ next: object[] }>("PUT", path, {
      timeZone: "Europe/Berlin",
      windows: [{ days: ["mon"], from: "03:00", to: "06:00" }],
    });
    expect(put.status).toBe(200);
    expect(put.answer.next).toHaveLength(2);
    const [box] = await fleet(["club.box-0"], { holds: true });
    const id = await roll({ switch: {}, phases: [100] });

    const wish = await eventually(() => box!.wishes.at(-1)?.model, "it is told");
    expect(wish.switch.windows).toEqual(put.answer.next);
    await ask("PUT", path, { timeZone: "Europe/Berlin", windows: [{ cron: "0 5 * * *", minutes: 60 }], quiet: false });
    await eventually(() => box!.wishes.at(-1).model.switch.windows.length > 10, "it is told the new windows");
    expect(box!.wishes.at(-1).model.switch.when).toBe("now");
    await eventually(async () => (await rollout(id)).devices[0]?.state === "waiting", "it waits for its window");
  });

  it.each([
    ["/venues/club", { timeZone: "Mars/Olympus" }, "no time zone"],
    ["/venues/club", { windows: [{ from: "4:00", to: "08:00" }] }, "windows"],
    ["/venues/Club%20Nord", {}, 'may hold only a–z, 0–9 and "-"'],
  ])("refuses %s %j", async (path, body, message) => {
    const refused = await ask("PUT", path, body);

    expect(refused.status).toBe(400);
    expect(refused.answer.detail).toContain(message);
  });
});
