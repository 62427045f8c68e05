import { rm } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import {
  type CommandRequest,
  type RemoteConfig,
  type TelemetryAck,
  type TelemetryMessage,
  TwinDesired,
  type TwinReported,
  topicOf,
} from "@tactus/shared";
import { describe, expect, it } from "vitest";
import { type CloudUnderTest, eventually, newDataDir, startTestCloud, withCloud } from "./cloud-under-test.js";
import { SimulatedDevice } from "./simulated-device.js";

const OWN: RemoteConfig = {
  name: "box",
  captureOffsetMs: 0,
  leadMs: 200,
  freezeMs: 100,
  outboxMb: 64,
  logLevel: "info",
  publicRead: true,
};

/** A box that obeys its twin. */
class TwinBox {
  readonly desired: TwinDesired[] = [];
  readonly commands: CommandRequest[] = [];
  readonly acks: TelemetryAck[] = [];
  #version = 0;

  private constructor(readonly device: SimulatedDevice) {}

  static async connect(cloud: CloudUnderTest, options: { obeys?: boolean; sessionNumber?: number } = {}) {
    const box = new TwinBox(new SimulatedDevice({ cloud, sessionNumber: options.sessionNumber ?? 1 }));
    await box.device.connect();
    box.device.client.on("message", (topic, payload) => {
      const message = payload.length > 0 ? JSON.parse(payload.toString()) : undefined;
      if (topic.endsWith("twin/desired")) {
        box.desired.push(TwinDesired.parse(message));
        if (options.obeys !== false) box.report().catch(() => {}); // it may be leaving
      }
      if (topic.endsWith("/command")) box.commands.push(message as CommandRequest);
      if (topic.endsWith("telemetry/ack")) box.acks.push(message as TelemetryAck);
    });
    const topics = (["twin/desired", "command", "telemetry/ack"] as const).map((leaf) => topicOf(box.device.at, leaf));
    await box.device.client.subscribeAsync(topics, { qos: 1 });
    await box.report();
    return box;
  }

  get newest(): TwinDesired | undefined {
    return this.desired.at(-1);
  }

  async report(change: Partial<TwinReported> = {}): Promise<void> {
    const report: TwinReported = {
      v: 1,
      session: this.device.session,
      version: ++this.#version,
      desiredVersion: this.newest?.version ?? 0,
      config: { ...OWN, ...this.newest?.config },
      own: OWN,
      refused: [],
      ...change,
    };
    await this.device.say("twin/reported", report, { qos: 1 });
  }
}

interface Answer {
  version: number;
  state: string;
  delta: RemoteConfig;
  pendingSinceUs: number;
  reported: TwinReported | null;
  settings: Record<string, { value: unknown; from: string }>;
}

async function ask(cloud: CloudUnderTest, method: string, path: string, body?: object, headers: object = {}) {
  const response = await fetch(`${cloud.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${cloud.adminToken}`,
      "content-type": "application/json",
      "tactus-operator": "Ada",
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, etag: response.headers.get("etag"), body: text ? JSON.parse(text) : undefined };
}
const FLEET = "/api/v1/fleet/config";
const VENUE = "/api/v1/venues/testhall/config";
const DEVICE = "/api/v1/devices/testhall.box/config";
const twinOf = (cloud: CloudUnderTest) => cloud.get<Answer>("/api/v1/devices/testhall.box/twin");
const inStep = (cloud: CloudUnderTest, look: (twin: Answer) => boolean = () => true) =>
  eventually(async () => {
    const twin = await twinOf(cloud).catch(() => undefined);
    return twin?.state === "in-step" && look(twin) && twin;
  }, "the box is in step");

describe("layered configuration", () => {
  it("lies device upon venue upon fleet, and says of each value where it comes from", async () => {
    await withCloud(async (cloud) => {
      const box = await TwinBox.connect(cloud);
      await ask(cloud, "PATCH", FLEET, { leadMs: 300, freezeMs: 90, logLevel: "warn" });
      await ask(cloud, "PATCH", VENUE, { leadMs: 400 });
      await ask(cloud, "PATCH", DEVICE, { name: "Main room", captureOffsetMs: -20 });

      const twin = await inStep(cloud, ({ settings }) => settings.name?.from === "device");

      expect(box.newest?.config).toEqual({
        leadMs: 400,
        freezeMs: 90,
        logLevel: "warn",
        name: "Main room",
        captureOffsetMs: -20,
      });
      const from = Object.fromEntries(Object.entries(twin.settings).map(([name, setting]) => [name, setting.from]));
      expect(from).toEqual({
        name: "device",
        captureOffsetMs: "device",
        leadMs: "venue",
        freezeMs: "fleet",
        outboxMb: "default",
        logLevel: "fleet",
        publicRead: "default",
      });
      await box.device.disconnect();
    });
  });

  it("gives way to nobody who has not seen the newest version", async () => {
    await withCloud(async (cloud) => {
      const first = await ask(cloud, "PATCH", FLEET, { leadMs: 300 }, { "if-match": '"0"' });
      expect(first).toMatchObject({ status: 200, etag: '"1"', body: { version: 1, config: { leadMs: 300 } } });

      const late = await ask(cloud, "PATCH", FLEET, { leadMs: 500 }, { "if-match": '"0"' });
      expect(late).toMatchObject({ status: 412, body: { field: "If-Match" } });
      const odd = await ask(cloud, "PATCH", FLEET, { leadMs: 500 }, { "if-match": "yesterday" });
      expect(odd).toMatchObject({ status: 400, body: { field: "If-Match" } });
      const racing = await Promise.all(
        [310, 320, 330, 340].map((leadMs) => ask(cloud, "PATCH", FLEET, { leadMs }, { "if-match": '"1"' })),
      );
      expect(racing.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
    });
  });

  it("refuses what is no setting or no value, and says which and what to do", async () => {
    await withCloud(async (cloud) => {
      const refused = async (path: string, patch: object) => {
        const { status, body } = await ask(cloud, "PATCH", path, patch);
        return [status, body.field, typeof body.remedy];
      };
      expect(await refused(FLEET, { leadMs: 5 })).toEqual([400, "leadMs", "string"]);
      expect((await refused(FLEET, { colour: "red" }))[0]).toBe(400);
      expect(await refused(FLEET, { leadMs: 100, freezeMs: 150 })).toEqual([400, "freezeMs", "string"]);
      expect(await refused(FLEET, { name: "everyone" })).toEqual([400, "name", "string"]);
      expect(await refused("/api/v1/devices/nonsense/config", { leadMs: 100 })).toEqual([400, "id", "string"]);
      expect(await refused("/api/v1/venues/No!/config", { leadMs: 100 })).toEqual([400, "venue", "string"]);
      expect((await ask(cloud, "PATCH", FLEET, { leadMs: 90 }, { authorization: "Bearer x" })).status).toBe(401);
      await ask(cloud, "PATCH", VENUE, { freezeMs: 180 });
      expect(await refused(DEVICE, { leadMs: 120 })).toEqual([400, "freezeMs", "string"]);
      expect((await ask(cloud, "GET", FLEET)).body).toMatchObject({ version: 0, config: {} });
    });
  });

  it("is undone step by step or to any state it had, and every change is in the audit log", async () => {
    await withCloud(async (cloud) => {
      for (const leadMs of [300, 400, 500]) await ask(cloud, "PATCH", FLEET, { leadMs });
      expect((await ask(cloud, "PATCH", FLEET, { leadMs: 500 })).body.version).toBe(3); // nothing changes, nothing is new

      expect((await ask(cloud, "POST", `${FLEET}/undo`, {})).body).toMatchObject({
        version: 4,
        config: { leadMs: 400 },
      });
      const first = await ask(cloud, "POST", `${FLEET}/undo`, { version: 1 });
      expect(first.body).toMatchObject({ version: 5, config: { leadMs: 300 } });
      const none = await ask(cloud, "POST", `${FLEET}/undo`, { version: 0 });
      expect(none.body).toMatchObject({ version: 6, config: {} });
      expect(none.body.history).toHaveLength(6);
      expect(none.body.history[0].by).toBe("Ada");
      expect((await ask(cloud, "POST", `${FLEET}/undo`, { version: 99 })).status).toBe(404);
      expect((await ask(cloud, "POST", `${VENUE}/undo`, {})).status).toBe(409);
      await ask(cloud, "PATCH", FLEET, { leadMs: 250 });
      expect((await ask(cloud, "PATCH", FLEET, { leadMs: null })).body.config).toEqual({});
    });
  });
});

describe("twin", () => {
  it("is told once for each real change, and again to a box that comes back after the cloud was started anew", async () => {
    const dataDir = await newDataDir();
    let cloud = await startTestCloud(dataDir);
    const box = await TwinBox.connect(cloud);
    await ask(cloud, "PATCH", FLEET, { leadMs: 300 });
    await inStep(cloud, ({ settings }) => settings.leadMs?.value === 300);
    await ask(cloud, "PATCH", VENUE, { leadMs: 300 }); // wanted already
    const { version } = (await inStep(cloud)) as Answer;
    expect(new Set(box.desired.map((one) => one.version)).size).toBe(version);
    await box.device.disconnect();
    await ask(cloud, "PATCH", FLEET, { publicRead: false }); // while the box is away
    await cloud.stop();

    cloud = await startTestCloud(dataDir);
    const before = await twinOf(cloud);
    expect(before).toMatchObject({ state: "pending", version: version + 1, delta: { publicRead: false } });
    expect(before.pendingSinceUs).toBeGreaterThan(0);
    const again = await TwinBox.connect(cloud, { sessionNumber: 2 });
    await inStep(cloud, ({ reported }) => reported?.session === again.device.session);

    expect(again.newest).toMatchObject({ version: version + 1, config: { leadMs: 300, publicRead: false } });
    await again.device.disconnect();
    await cloud.stop();
    await rm(dataDir, { recursive: true });
  });

  it("shows a box that does not follow as pending", async () => {
    await withCloud(async (cloud) => {
      const box = await TwinBox.connect(cloud, { obeys: false });
      await ask(cloud, "PATCH", DEVICE, { leadMs: 300 });
      await eventually(() => box.newest?.config.leadMs === 300, "the wish");

      const waiting = await eventually(async () => {
        const now = await twinOf(cloud);
        return now.state !== "unheard" && now;
      }, "the first report is known");
      expect(waiting).toMatchObject({ state: "pending", delta: { leadMs: 300 } });
      await box.report({ refused: [{ setting: "leadMs", reason: "Not today" }], config: OWN });
      const twin = await eventually(async () => {
        const now = await twinOf(cloud);
        return now.state === "refused" && now;
      }, "the refusal");
      expect(twin.settings.leadMs).toMatchObject({ value: 300, reported: 200, refused: "Not today" });
      await box.device.disconnect();
    });
  });

  it("believes no report of a session that is over, nor one that came before", async () => {
    await withCloud(async (cloud) => {
      const box = await TwinBox.connect(cloud);
      await ask(cloud, "PATCH", DEVICE, { leadMs: 300 });
      await inStep(cloud, ({ reported }) => reported?.config.leadMs === 300);

      await box.report({ session: "s0-gone", version: 99, config: { ...OWN, leadMs: 20 } });
      await box.report({ version: 1, config: { ...OWN, leadMs: 20 } });
      await box.device.say("twin/reported", "{", { qos: 1 });
      await box.report({ config: { ...OWN, leadMs: 300, name: "after" } });

      const twin = await inStep(cloud, ({ reported }) => reported?.config.name === "after");
      expect(twin.reported?.config.leadMs).toBe(300);
      await box.device.disconnect();
    });
  });

  it("overtakes a box that knows newer wishes than the cloud: it was restored from a copy", async () => {
    await withCloud(async (cloud) => {
      const box = await TwinBox.connect(cloud, { obeys: false });
      await eventually(() => box.newest, "the first wish");
      await box.report({ desiredVersion: 4000 });

      await eventually(() => (box.newest?.version ?? 0) > 4000, "a wish that the box will hear");
      await box.device.disconnect();
    });
  });

  it("survives any report: fuzz", async () => {
    await withCloud(async (cloud) => {
      const box = await TwinBox.connect(cloud);
      let seed = 7;
      const random = () => {
        seed = (seed * 48_271) % 2_147_483_647;
        return seed / 2_147_483_647;
      };
      const odd = [null, -1, 1e300, "", "x".repeat(5000), [], {}, true, { v: 1 }, Number.MAX_SAFE_INTEGER];
      const pick = () => odd[Math.floor(random() * odd.length)];
      for (let k = 0; k < 300; k++) {
        const keys = ["v", "session", "version", "desiredVersion", "config", "own", "refused", "models", "requestId"];
        const message = Object.fromEntries(keys.filter(() => random() < 0.7).map((key) => [key, pick()]));
        const leaf = (["twin/reported", "command/result", "log", "telemetry"] as const)[k % 4] ?? "log";
        await box.device.say(leaf, k % 7 === 0 ? JSON.stringify(message).slice(0, 20) : message, { qos: 1 });
      }
      await box.report({ config: { ...OWN, name: "still here" } });

      await inStep(cloud, ({ reported }) => reported?.config.name === "still here");
      await box.device.disconnect();
    });
  });
});

describe("commands", () => {
  const PATH = "/api/v1/devices/testhall.box/commands";

  it("are sent with an end to their validity, and their result is waited for", async () => {
    await withCloud(async (cloud) => {
      const box = await TwinBox.connect(cloud);
      const order = { requestId: "r-1", command: { action: "restart", part: "hearing" }, expiresInS: 30, waitS: 20 };
      const asked = ask(cloud, "POST", PATH, order);
      const request = (await eventually(() => box.commands[0], "the command")) as CommandRequest;
      expect(request).toMatchObject({ requestId: "r-1", by: "Ada", command: order.command });
      expect(request.expiresAtUs - Date.now() * 1000).toBeLessThan(31e6);
      await box.device.say("command/result", { v: 1, requestId: "r-1", state: "accepted", message: "" }, { qos: 1 });
      await box.device.say("command/result", { v: 1, requestId: "r-1", state: "done", message: "Up" }, { qos: 1 });

      expect(await asked).toMatchObject({ status: 200, body: { state: "done", message: "Up" } });
      await box.device.say("command/result", { v: 1, requestId: "r-1", state: "failed", message: "?" }, { qos: 1 });
      const again = await ask(cloud, "POST", PATH, order);
      expect(again).toMatchObject({ status: 200, body: { state: "done" } });
      expect(box.commands).toHaveLength(1);
      expect((await ask(cloud, "GET", `${PATH}/r-1`)).body).toMatchObject({ state: "done", by: "Ada" });
      expect((await ask(cloud, "GET", `${PATH}/r-2`)).status).toBe(404);
      expect((await ask(cloud, "GET", PATH)).body.commands).toHaveLength(1);
      await box.device.disconnect();
    });
  });

  it("go to nobody who is not there, and are refused where they are none", async () => {
    await withCloud(async (cloud) => {
      const box = await TwinBox.connect(cloud);
      const open = await ask(cloud, "POST", PATH, { command: { action: "support-bundle" }, waitS: 0 });
      expect(open).toMatchObject({ status: 202, body: { state: "sent" } });
      expect((await ask(cloud, "POST", PATH, { command: { action: "explode" } })).status).toBe(400);
      await box.device.disconnect();
      await eventually(() => cloud.board.detail("testhall.box")?.state === "offline", "it is gone");

      expect((await ask(cloud, "POST", PATH, { command: { action: "support-bundle" } })).status).toBe(409);
    });
  });
});

describe("support bundles", () => {
  it("are taken from the box itself, few and bounded, and given to who may change the fleet", async () => {
    await withCloud(async (cloud) => {
      const path = "/api/v1/devices/testhall.box/support-bundles";
      const password = await cloud.passwordOf("testhall.box");
      const put = (name: string, body: Uint8Array, device = "testhall.box") =>
        fetch(`${cloud.url}/api/v1/devices/${device}/support-bundles/${name}`, {
          method: "PUT",
          headers: { authorization: `Basic ${Buffer.from(`testhall.box:${password}`).toString("base64")}` },
          body: new Uint8Array(body),
        }).then(({ status }) => status);
      const bytes = gzipSync("what is the matter");

      for (let k = 0; k < 7; k++) expect(await put(`b-${k}`, bytes)).toBe(204);
      expect(await put("b-8", bytes, "testhall.other")).toBe(403);
      expect(await put("b-9", Buffer.from("no gzip"))).toBe(400);
      expect(await put("..%2f..%2fescape", bytes)).toBe(400);
      expect(await put("large", Buffer.alloc(10 * 1024 * 1024 + 1))).toBe(413);

      const { bundles } = (await ask(cloud, "GET", path)).body;
      expect(bundles).toHaveLength(5);
      const response = await fetch(`${cloud.url}${path}/b-6`, {
        headers: { authorization: `Bearer ${cloud.adminToken}` },
      });
      expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
      expect((await ask(cloud, "GET", `${path}/b-0`)).status).toBe(404);
    });
  });
});

describe("telemetry", () => {
  it("is stored once, acknowledged after that, and told with the time at which it was so", async () => {
    await withCloud(async (cloud) => {
      const box = await TwinBox.connect(cloud);
      const nowUs = Date.now() * 1000;
      const summary = (sequence: number, agoS: number): TelemetryMessage => ({
        ...box.device.telemetry(),
        sentAtUs: nowUs - agoS * 1_000_000,
        sequence,
        crashes: 2,
      });
      for (const sequence of [3, 0, 0, 1, 3]) {
        await box.device.say("telemetry", summary(sequence, 3000 - sequence * 60), { qos: 1 });
      }
      await box.device.say("telemetry", { ...summary(4, 0), sentAtUs: nowUs + 90_000_000_000 }, { qos: 1 });
      const acked = () => new Set(box.acks.filter(({ refused }) => !refused).flatMap(({ sequences }) => sequences));
      await eventually(() => acked().size === 3 && box.acks.some(({ refused }) => refused), "acknowledgements");

      const answer = await cloud.get<{ summaries: { atUs: number; message: TelemetryMessage }[]; counts: object }>(
        "/api/v1/devices/testhall.box/telemetry",
      );

      expect(answer.summaries.map(({ message }) => message.sequence)).toEqual([0, 1, 3]);
      expect(answer.summaries.map(({ atUs }) => atUs)).toEqual([3000, 2940, 2820].map((s) => nowUs - s * 1_000_000));
      expect(answer.summaries[0]?.message).toEqual(summary(0, 3000));
      expect(answer.counts).toEqual({ made: 4, received: 3, missing: 1 });
      expect((await cloud.device("testhall.box")).telemetry).toBeNull(); // old news are no live state
      await box.device.disconnect();
    });
  });
});
