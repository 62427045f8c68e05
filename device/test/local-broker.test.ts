import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "@tactus/shared";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LocalBroker, type LocalBrokerOptions } from "../src/hearing/local-broker.js";
import { eventually, Inbox, topic } from "./device-under-test.js";

const PAIRING: IClientOptions = { username: "pairing", password: "ABCD-EFGH" };
const INTERNAL: IClientOptions = { username: "internal", password: "internal-secret" };

let broker: LocalBroker;
let clients: MqttClient[];
let sockets: Socket[];
beforeEach(() => {
  clients = [];
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(clients.map((client) => client.endAsync(true)));
  await broker.stop();
});

async function open(options: Partial<LocalBrokerOptions> = {}): Promise<void> {
  broker = new LocalBroker({
    address: { venue: "club", device: "booth" },
    host: "127.0.0.1",
    port: 0,
    webSocketPort: 0,
    maxClients: 8,
    publicRead: true,
    pairingCode: "ABCD-EFGH",
    credentials: [],
    internal: { username: "internal", password: "internal-secret" },
    clock: systemClock,
    log: pino({ level: "silent" }),
    ...options,
  });
  await broker.start();
}

async function client(options: IClientOptions = {}): Promise<MqttClient> {
  const connected = await connectAsync({
    host: "127.0.0.1",
    port: broker.port,
    protocolVersion: 4,
    reconnectPeriod: 0,
    ...options,
  });
  connected.on("error", () => {});
  clients.push(connected);
  return connected;
}

async function raw(bytes: Uint8Array = new Uint8Array()): Promise<Socket> {
  const socket = connectTcp(broker.port, "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => {});
  await once(socket, "connect");
  if (bytes.length > 0) socket.write(bytes);
  return socket;
}

/** Resolves when the connection has ended; what was being written then fails, which is no news. */
const closing = (connection: MqttClient | Socket) =>
  new Promise<void>((resolve) => connection.once("close", () => resolve()));

/** CONNECT without a name, clean session, keep-alive 60 s. */
function connectPacket(level: number, clientId: string): Buffer {
  const properties = level === 5 ? [0] : [];
  const id = Buffer.from(clientId);
  const body = Buffer.from([0, 4, ...Buffer.from("MQTT"), level, 2, 0, 60, ...properties, 0, id.length, ...id]);
  return Buffer.from([0x10, body.length, ...body]);
}

test("anyone reads beats and nothing else, not by a wildcard either", async () => {
  await open();
  const inbox = await Inbox.of(await client(), "#");

  broker.publish("beat", { n: 1 });
  broker.publish("override/state", { n: 2 }, { retain: true, qos: 1 });
  const agent = await client(INTERNAL);
  await agent.publishAsync(topic("status"), "{}", { qos: 1, retain: true });
  broker.publish("tempo", { n: 3 }, { retain: true });

  await inbox.atLeast(1, "tempo");
  expect(inbox.messages.map(({ leaf }) => leaf)).toEqual(["beat", "tempo"]);
  const late = await Inbox.of(await client(), "#");
  await late.atLeast(1, "tempo");
  expect(late.messages.map(({ leaf }) => leaf)).toEqual(["tempo"]);
});

test.each(["history", "override/state", "status", "activation"])(
  "anyone is refused a subscription to %s",
  async (leaf) => {
    await open();
    const anyone = await client();

    await expect(anyone.subscribeAsync(topic(leaf))).rejects.toThrow(/Unspecified error|refused/i);
  },
);

test.each(["override/set", "beat", "time/ping"])(
  "anyone who writes %s is disconnected and nobody hears it",
  async (leaf) => {
    await open();
    const inbox = await Inbox.of(await client(INTERNAL), "#");
    const anyone = await client();
    const closed = closing(anyone);

    anyone.publish(topic(leaf), "{}", { qos: 0 });

    await closed;
    expect(inbox.messages).toEqual([]);
  },
);

test("the pairing code opens override/set, and beats are still not to be forged", async () => {
  await open();
  const heard: string[] = [];
  broker.onMessage("override/set", (payload) => heard.push(Buffer.from(payload).toString()));
  const paired = await client(PAIRING);

  await paired.publishAsync(topic("override/set"), "hello", { qos: 1 });
  await eventually(() => heard.length > 0, "the request");

  const closed = closing(paired);
  paired.publish(topic("beat"), "{}");
  await closed;
  expect(heard).toEqual(["hello"]);
});

test("a wrong code does not get in", async () => {
  await open();

  await expect(client({ ...PAIRING, password: "ABCD-EFGX" })).rejects.toThrow(/Bad username or password/i);
});

test("where the venue does not read publicly a name is needed", async () => {
  await open({ publicRead: false });

  await expect(client()).rejects.toThrow(/Not authorized/i);
  await client(PAIRING);
});

test("nobody takes over the connection of another user by its client id", async () => {
  await open();
  const agent = await client({ ...INTERNAL, clientId: "agent-1" });

  await client({ clientId: "agent-1" });
  await client({ ...PAIRING, clientId: "agent-1" });
  await sleep(200);

  expect(agent.connected).toBe(true);
});

test("a packet of 300 KiB closes the connection before it is buffered", async () => {
  await open();
  const heard: number[] = [];
  broker.onMessage("override/set", (payload) => heard.push(payload.length));
  const paired = await client(PAIRING);
  const closed = closing(paired);

  paired.publish(topic("override/set"), Buffer.alloc(300 * 1024), { qos: 1 });

  await closed;
  expect(heard).toEqual([]);
});

test("a header that announces 300 KiB is enough to be refused", async () => {
  await open();

  await closing(await raw(Buffer.concat([connectPacket(4, "big"), Buffer.from([0x30, 0xe0, 0xa7, 0x12])])));
});

test("a packet of 200 KiB is let through", async () => {
  await open();
  const heard: number[] = [];
  broker.onMessage("override/set", (payload) => heard.push(payload.length));

  await (await client(PAIRING)).publishAsync(topic("override/set"), Buffer.alloc(200 * 1024), { qos: 1 });

  await eventually(() => heard.length > 0, "the request");
  expect(heard).toEqual([200 * 1024]);
});

test("MQTT 5 is refused with its reason, 3.1.1 is not", async () => {
  await open();

  const five = await raw(connectPacket(5, "five"));
  const [refusal] = (await once(five, "data")) as [Buffer];
  const four = await raw(connectPacket(4, "four"));
  const [welcome] = (await once(four, "data")) as [Buffer];

  expect([...refusal.subarray(0, 4)]).toEqual([0x20, 2, 0, 1]);
  expect([...welcome]).toEqual([0x20, 2, 0, 0]);
});

test("raw noise at the port disturbs nobody", async () => {
  await open();
  const inbox = await Inbox.of(await client(), "beat");
  let seed = 1;
  const noise = (length: number) =>
    Uint8Array.from({ length }, () => {
      seed = (seed * 48271) % 2147483647;
      return seed & 0xff;
    });

  for (let k = 0; k < 40; k++) {
    const socket = await raw(
      k % 2 ? noise(1 + ((k * 97) % 3000)) : Buffer.concat([connectPacket(4, `n${k}`), noise(500)]),
    );
    broker.publish("beat", { k });
    if (k % 3 === 0) socket.destroy();
    else await sleep(5);
  }

  await inbox.atLeast(40, "beat");
  expect(inbox.of("beat")).toEqual(Array.from({ length: 40 }, (_, k) => ({ k })));
});

test("there is a place for our own agent when the venue has taken all", async () => {
  await open({ maxClients: 2 });
  // All of them come from 127.0.0.1 here, which has eight places more.
  for (let k = 0; k < 10; k++) await client();

  await closing(await raw());
  expect(clients.every(({ connected }) => connected)).toBe(true);
});

test("messages of every kind arrive in the order in which they were published", async () => {
  await open();
  const inbox = await Inbox.of(await client(PAIRING), "#");

  for (let k = 0; k < 50; k++) {
    broker.publish("grid", { k }, { retain: true });
    broker.publish("beat", { k });
    broker.publish("override/state", { k }, { retain: true, qos: 1 });
  }

  await inbox.atLeast(50, "override/state");
  const expected = Array.from({ length: 50 }, () => ["grid", "beat", "override/state"]).flat();
  expect(inbox.messages.map(({ leaf }) => leaf)).toEqual(expected);
});

test("a client that stops reading is skipped and holds up nobody", async () => {
  await open();
  const slow = await raw(connectPacket(4, "slow"));
  await once(slow, "data");
  const filter = Buffer.from(topic("levels"));
  slow.write(Buffer.from([0x82, filter.length + 5, 0, 1, 0, filter.length, ...filter, 0]));
  await once(slow, "data");
  slow.pause();
  const inbox = await Inbox.of(await client(), "beat");
  const padding = "x".repeat(60_000);

  const round = async (k: number) => {
    for (let n = 0; n < 10; n++) broker.publish("levels", { padding });
    broker.publish("beat", { k });
    await inbox.atLeast(k + 1, "beat", 5000);
  };
  for (let k = 0; k < 40; k++) await round(k);

  expect(inbox.of("beat")).toHaveLength(40);
});

test("isRead follows who is subscribed and may read", async () => {
  await open();
  expect(broker.isRead("levels")).toBe(false);
  const reader = await client();

  await reader.subscribeAsync("tactus/v1/+/+/levels");
  await reader.subscribeAsync("tactus/v1/#");
  expect(broker.isRead("levels")).toBe(true);
  expect(broker.isRead("activation")).toBe(false);

  await reader.endAsync();
  await eventually(() => !broker.isRead("levels"), "nobody reads");
});

test("the last will of our agent is published and retained", async () => {
  await open();
  const inbox = await Inbox.of(await client(PAIRING), "status");
  const agent = await client({
    ...INTERNAL,
    will: { topic: topic("status"), payload: Buffer.from('{"state":"offline"}'), qos: 1, retain: true },
  });

  agent.stream.destroy();

  await inbox.atLeast(1, "status");
  const late = await Inbox.of(await client(PAIRING), "status");
  expect(await late.atLeast(1, "status")).toEqual([{ state: "offline" }]);
});

test("the last will of anyone is not", async () => {
  await open();
  const inbox = await Inbox.of(await client(PAIRING), "#");
  const anyone = await client({
    will: { topic: topic("beat"), payload: Buffer.from('{"forged":true}'), qos: 0, retain: true },
  });

  anyone.stream.destroy();
  await sleep(300);

  expect(inbox.messages).toEqual([]);
});

test("a flood of requests ends with the connection of who sends it", async () => {
  await open();
  const paired = await client(PAIRING);
  const closed = closing(paired);

  for (let k = 0; k < 1000; k++) paired.publish(topic("time/ping"), "{}");

  await closed;
});

test("MQTT over WebSocket is the same broker under the same limits", async () => {
  await open();
  const over = await connectAsync(`ws://127.0.0.1:${broker.webSocketPort}`, {
    protocolVersion: 4,
    reconnectPeriod: 0,
    ...PAIRING,
  });
  clients.push(over);
  over.on("error", () => {});
  const inbox = await Inbox.of(over, "beat");

  broker.publish("beat", { n: 1 });
  await inbox.atLeast(1, "beat");
  const closed = closing(over);
  over.publish(topic("override/set"), Buffer.alloc(300 * 1024));

  await closed;
});

test("a port that is in use is said with its remedy", async () => {
  await open();
  const other = new LocalBroker({
    address: { venue: "club", device: "booth" },
    host: "127.0.0.1",
    port: broker.port,
    maxClients: 8,
    publicRead: true,
    pairingCode: "ABCD-EFGH",
    credentials: [],
    internal: { username: "internal", password: "internal-secret" },
    clock: systemClock,
    log: pino({ level: "silent" }),
  });

  await expect(other.start()).rejects.toThrow(
    /Port \d+ on 127\.0\.0\.1 is in use by another program; choose another mqtt\.port/,
  );
  await other.stop();
});
