import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { Aedes, type AedesPublishPacket } from "aedes";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createMqttOutput, MqttOutputConfig } from "../src/outputs/mqtt/index.js";
import { outputCases, poseAt } from "../src/outputs/output.cases.js";
import { eventually } from "./device-process.js";

let broker: Aedes;
let server: Server;
let url: string;
const heard: { topic: string; payload: string; retain: boolean }[] = [];

beforeAll(async () => {
  broker = await Aedes.createBroker();
  broker.on("publish", ({ topic, payload, retain }: AedesPublishPacket) => {
    heard.push({ topic, payload: payload.toString(), retain });
  });
  server = createServer(broker.handle);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise<void>((resolve) => broker.close(resolve));
  server.close();
});

const commands: string[] = [];

function open(settings: object = {}) {
  heard.length = 0;
  commands.length = 0;
  const config = MqttOutputConfig.parse({ type: "mqtt", url, prefix: "house/beats", ...settings });
  const context = {
    name: "plain",
    now: () => performance.now() / 1000,
    log: { info: () => {}, warn: () => {} },
    stateDir: "/nonexistent",
    dmx: { universes: [], render: () => {}, beat: () => {}, channels: () => new Uint8Array(512) },
  };
  return createMqttOutput(config, context, {
    broker: { url },
    address: () => ({ venue: "club", device: "booth" }),
    override: (command) => void commands.push(command.action),
  });
}

const of = (topic: string) => heard.filter((one) => one.topic === topic).map(({ payload }) => payload);
const isOnline = () => eventually(() => of("house/beats/online").includes("true"), "the output is online");

outputCases({
  name: "mqtt",
  open: () => {
    const output = open();
    const start = output.start.bind(output);
    output.start = async () => {
      await start();
      await isOnline();
    };
    return {
      output,
      triggers: () => eventually(() => of("house/beats/beat").length >= 8 && of("house/beats/beat").length, "8 beats"),
      handedBack: () => eventually(() => of("house/beats/online").at(-1) === "false", "it says good-bye"),
    };
  },
});

it("plain topics say tempo, music and mode in one word each, retained", async () => {
  const output = open();
  await output.start();
  await isOnline();

  output.mode("following");
  output.beat({
    beatId: "s-1",
    dueAt: 1,
    fireAt: 1,
    beatInBar: 1,
    beatsPerBar: 4,
    bar: 12,
    bpm: 127.94,
    confidence: 0.916,
    energy: { low: 0, mid: 0, high: 0 },
    source: "announced",
  });
  output.frame(poseAt(1));
  await eventually(() => of("house/beats/confidence").length > 0, "all of it");
  output.mode("idle");
  await eventually(() => of("house/beats/music").at(-1) === "OFF", "silence");
  await output.stop();

  expect(of("house/beats/beat")).toEqual(["1"]);
  expect(of("house/beats/bar")).toEqual(["12"]);
  expect(of("house/beats/tempo")).toEqual(["0", "127.9", "0"]);
  expect(of("house/beats/confidence")).toEqual(["92"]);
  expect(of("house/beats/mode")).toEqual(["idle", "following", "idle"]);
  const kept = heard.filter(({ retain }) => retain).map(({ topic }) => topic.split("/").at(-1));
  expect(new Set(kept)).toEqual(new Set(["online", "mode", "music", "tempo", "confidence"]));
});

it("Home Assistant finds sensors, buttons and triggers, and its buttons work", async () => {
  const output = open({ homeAssistant: "homeassistant" });
  await output.start();
  await isOnline();
  await eventually(() => heard.filter(({ topic }) => topic.endsWith("/config")).length === 12, "all entities");

  const found = heard.filter(({ topic }) => topic.endsWith("/config"));
  for (const { topic, payload, retain } of found) {
    const entity = JSON.parse(payload) as Record<string, unknown>;
    expect(topic).toMatch(/^homeassistant\/[a-z_]+\/tactus_club_booth_plain\/[a-z]+\/config$/);
    expect(retain).toBe(true);
    expect(entity.device).toMatchObject({ identifiers: ["tactus_club_booth_plain"] });
  }
  const button = found.find(({ topic }) => topic.includes("/button/") && topic.includes("/double/"));
  const { command_topic, payload_press } = JSON.parse(button?.payload ?? "{}") as Record<string, string>;
  const packet = { cmd: "publish", topic: command_topic ?? "", payload: payload_press ?? "", qos: 0, retain: false };
  broker.publish({ ...packet, dup: false } as AedesPublishPacket, () => {});
  broker.publish({ ...packet, payload: "nonsense", dup: false } as AedesPublishPacket, () => {});

  await eventually(() => commands.length > 0, "the command");
  expect(commands).toEqual(["double"]);
  await output.stop();
});
