import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type AlertingCloud, AT_ONCE, HookReceiver, MailReceiver, startAlerting } from "./alerting-cloud.js";
import { eventually } from "./cloud-under-test.js";
import { SimulatedDevice } from "./simulated-device.js";

interface Alert {
  id: number;
  subject: string;
  rule: string;
  state: string;
  message: string;
  acknowledgedBy: string;
  note: string;
  clearedBy: string;
}
interface Hook {
  id: string;
  secret: string;
}
interface Notice {
  type: string;
  data: { title: string; count: number; alerts: Alert[] };
}

let dataDir: string;
let receiver: HookReceiver;
let cloud: AlertingCloud;
const devices: SimulatedDevice[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "tactus-alerts-"));
  receiver = await new HookReceiver().start();
});

afterEach(async () => {
  for (const device of devices.splice(0)) await device.disconnect().catch(() => {});
  await cloud.stop();
  await receiver.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function device(name: string): Promise<SimulatedDevice> {
  const made = new SimulatedDevice({ cloud, venue: "club", device: name });
  devices.push(made);
  await made.connect();
  return made;
}

async function offlineAtOnce(): Promise<void> {
  await cloud.ask("PUT", "/alert-rules", { scope: "fleet", rules: { offline: AT_ONCE } });
}

const addHook = () => cloud.ask<Hook>("POST", "/webhooks", { url: receiver.url });
const alerts = async (query = "") => (await cloud.ask<{ alerts: Alert[] }>("GET", `/alerts${query}`)).alerts;
const notices = () => receiver.received.map(({ body }) => JSON.parse(body) as Notice);
const alertOf = (query: string) => eventually(async () => (await alerts(query))[0], `an alert ${query}`);

it("a device that vanishes is told once, with a signature that others verify, and so is its return", async () => {
  cloud = await startAlerting({ dataDir });
  await offlineAtOnce();
  const { secret } = await addHook();
  const box = await device("main");

  box.vanish();
  await eventually(() => receiver.received.length === 1, "the webhook is called");

  const [{ headers, body } = { headers: {}, body: "" }] = receiver.received;
  const { type, data } = JSON.parse(body) as Notice;
  expect(type).toBe("alert.raised");
  expect(data.title).toBe("club.main: The box is not connected");
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  expect(headers["webhook-signature"]).toBe(`v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
  const openssl = ["dgst", "-sha256", "-mac", "HMAC", "-macopt", `hexkey:${key.toString("hex")}`, "-binary"];
  const byOpenssl = execFileSync("openssl", openssl, { input: signed }).toString("base64");
  expect(headers["webhook-signature"]).toBe(`v1,${byOpenssl}`);
  expect(Math.abs(Number(headers["webhook-timestamp"]) - Date.now() / 1000)).toBeLessThan(300);

  await device("main");
  await eventually(() => notices().some((notice) => notice.type === "alert.cleared"), "the end is told");
  expect(await alerts("?state=open")).toEqual([]);
  expect(receiver.received.length).toBe(2);
});

it("an alert of the device itself reaches a phone by mail, over STARTTLS and with a login", async () => {
  const mail = await new MailReceiver(dataDir).start();
  cloud = await startAlerting({ dataDir, mail });
  const box = await device("main");

  const alert = {
    v: 1,
    id: "hearing-keeps-dying",
    severity: "critical",
    message: "Hören endet\r\nBcc: x@y.z",
    remedy: "Restart",
    sinceUs: 1,
  };
  await box.say("alert/hearing-keeps-dying", alert, { qos: 1, retain: true });
  const received = await eventually(() => mail.mails[0], "the mail arrives");
  await box.say("alert/hearing-keeps-dying", "", { qos: 1, retain: true });
  await eventually(() => mail.mails.length === 2, "its end arrives");

  expect(received.secure).toBe(true);
  expect(received.user).toBe("tactus");
  expect(received.to).toEqual(["ada@example.org"]);
  expect(received.headers.has("bcc")).toBe(false);
  expect(received.headers.get("from")).toBe("Tactus <box@example.org>");
  expect(received.text).toContain("CRITICAL club.main: Hören endet Bcc: x@y.z");
  expect(received.text).toContain("rule device:hearing-keeps-dying");
  expect(mail.mails[1]?.text).toContain("(over)");
  expect(await cloud.ask("POST", "/mail/test", {})).toEqual({ ok: true, reason: "" });
  expect(mail.mails[2]?.text).toContain("This is a test");
  await mail.stop();
  expect(await cloud.ask<{ ok: boolean }>("POST", "/mail/test", {})).toMatchObject({ ok: false });
});

it("a receiver that is down gets it later, with the same id, and once", async () => {
  cloud = await startAlerting({ dataDir });
  await offlineAtOnce();
  await addHook();
  receiver.status = 503;
  const box = await device("main");

  box.vanish();
  await eventually(() => receiver.received.length >= 2, "it is tried again");
  await receiver.stop();
  await sleep(300);
  receiver.status = 200;
  await receiver.start();
  const { deliveries } = await eventually(async () => {
    const answer = await cloud.ask<{ deliveries: { id: string; attempts: number }[] }>(
      "GET",
      "/deliveries?state=delivered",
    );
    return answer.deliveries.length > 0 ? answer : undefined;
  }, "it is delivered");

  const seen = receiver.received.length;
  expect(deliveries).toHaveLength(1);
  expect(deliveries[0]?.attempts).toBeGreaterThanOrEqual(3);
  expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set([deliveries[0]?.id]));
  await sleep(1500);
  expect(receiver.received.length).toBe(seen);
});

it("a dead letter is seen and can be sent again", async () => {
  cloud = await startAlerting({ dataDir, giveUpHours: 0.0001 });
  await offlineAtOnce();
  await addHook();
  receiver.status = 302;
  receiver.responseHeaders = { location: "http://127.0.0.1:1/elsewhere" };
  const box = await device("main");
  box.vanish();

  const dead = await eventually(async () => {
    const { deliveries } = await cloud.ask<{ deliveries: { id: string; lastError: string }[] }>(
      "GET",
      "/deliveries?state=dead",
    );
    return deliveries[0];
  }, "it is given up");
  expect(dead.lastError).toBe("It answered 302, redirects are not followed");
  receiver.status = 200;
  const before = receiver.received.length;
  await cloud.ask("POST", `/deliveries/${dead.id}/resend`, {});
  await eventually(() => receiver.received.length === before + 1, "it is sent again");
  expect(receiver.received.at(-1)?.headers["webhook-id"]).toBe(dead.id);
  expect(await cloud.statusOf("POST", `/deliveries/${dead.id}/resend`, {})).toBe(400);
});

it("an alert is acknowledged, cleared by hand, and comes again while it is still so", async () => {
  cloud = await startAlerting({ dataDir });
  await offlineAtOnce();
  const box = await device("main");
  box.vanish();
  const { id } = await alertOf("?state=raised");

  const taken = await cloud.ask<Alert>("POST", `/alerts/${id}/acknowledge`, { note: "on my way" });
  expect(taken).toMatchObject({ state: "acknowledged", acknowledgedBy: "Ada", note: "on my way" });
  expect(await cloud.ask<Alert>("POST", `/alerts/${id}/clear`, {})).toMatchObject({
    state: "cleared",
    clearedBy: "Ada",
  });
  expect(await cloud.statusOf("POST", `/alerts/${id}/clear`, {})).toBe(409);
  expect(await cloud.statusOf("POST", "/alerts/999999/clear", {})).toBe(404);
  const again = await alertOf("?state=raised&device=club.main&severity=critical");
  expect(again.id).toBeGreaterThan(id);
  const { entries } = await cloud.ask<{ entries: { action: string; by: string }[] }>("GET", `/audit?subject=${id}`);
  expect(entries.map(({ action, by }) => `${by} ${action}`)).toEqual(["Ada alert.clear", "Ada alert.acknowledge"]);
});

it("a muted alert is kept and told when the mute ends, if it is still so", async () => {
  cloud = await startAlerting({ dataDir });
  await offlineAtOnce();
  await addHook();
  await cloud.ask("PUT", "/alert-rules/mute", { scope: "venue:club", forS: 3600, reason: "new mixer" });
  const box = await device("main");
  box.vanish();
  await alertOf("?state=raised");
  await sleep(1500);
  expect(receiver.received).toHaveLength(0);

  await cloud.ask("PUT", "/alert-rules/mute", { scope: "venue:club", forS: 0 });
  await eventually(() => receiver.received.length === 1, "it is told");
});

it("a restarted cloud neither raises again nor forgets, and waits before it calls anybody offline", async () => {
  cloud = await startAlerting({ dataDir });
  await offlineAtOnce();
  await addHook();
  const gone = await device("gone");
  await device("there");
  gone.vanish();
  const before = await alertOf("?state=raised");
  await eventually(() => receiver.received.length === 1, "it is told");
  await cloud.stop();

  cloud = await startAlerting({ dataDir, graceS: 3 });
  await sleep(1500);
  expect((await alerts()).map(({ subject, state }) => `${subject} ${state}`)).toEqual(["club.gone raised"]);
  const late = await alertOf("?state=raised&device=club.there");
  expect(late.id).toBeGreaterThan(before.id);
  expect((await alerts("?state=open")).length).toBe(2);
  await eventually(() => receiver.received.length === 2, "the second one is told");
  expect(notices().map(({ data }) => data.alerts[0]?.subject)).toEqual(["club.gone", "club.there"]);
});

it("a mass outage is one message", async () => {
  cloud = await startAlerting({ dataDir, graceS: 1000 });
  await cloud.ask("PUT", "/alert-rules", { scope: "fleet", rules: { offline: { ...AT_ONCE, forS: 2 } } });
  await addHook();
  const boxes = await Promise.all(Array.from({ length: 8 }, (_, index) => device(`box-${index}`)));

  for (const box of boxes) box.vanish();
  await eventually(() => notices().reduce((sum, { data }) => sum + data.count, 0) === 8, "all are told");
  expect(receiver.received.length).toBeLessThanOrEqual(3);
});

it("webhooks go nowhere private unless allowed, and their secret and path are never shown again", async () => {
  cloud = await startAlerting({ dataDir, allowPrivate: false });
  const refused = [
    "http://example.org/x",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://[::ffff:10.0.0.1]/",
    "https://localhost/",
    "https://a:b@example.org/",
    "ftp://example.org/",
    "nonsense",
  ];
  for (const url of refused) expect(await cloud.statusOf("POST", "/webhooks", { url })).toBe(400);
  await cloud.stop();

  cloud = await startAlerting({ dataDir });
  const { id, secret } = await addHook();
  expect(await cloud.ask("POST", `/webhooks/${id}/test`, {})).toEqual({ ok: true, status: 200, reason: "" });
  expect(receiver.received[0]?.headers["tactus-event"]).toBe("test");
  const listed = JSON.stringify([await cloud.ask("GET", "/webhooks"), await cloud.ask("GET", "/audit")]);
  expect(listed).toContain(id);
  expect(listed).not.toContain(secret);
  expect(listed).not.toContain("s3cret-path");
  await cloud.ask("DELETE", `/webhooks/${id}`);
  expect(await cloud.statusOf("POST", `/webhooks/${id}/test`, {})).toBe(404);
  expect((await fetch(`${cloud.url}/api/v1/webhooks`)).status).toBe(401);
  expect((await fetch(`${cloud.url}/api/v1/alert-rules`, { method: "PUT" })).status).toBe(401);
});

it("rules that make no sense are refused in words, whatever they are", async () => {
  cloud = await startAlerting({ dataDir });
  const bad = [
    { scope: "planet", rules: {} },
    { scope: "fleet", rules: { hot: { raise: 70, clear: 75 } } },
    { scope: "fleet", rules: { offline: { raise: 2 } } },
    { scope: "fleet", rules: { hott: { raise: 70 } } },
    { scope: "fleet", rules: { hot: { raise: "70" } } },
    {
      scope: "fleet",
      rules: {},
      hours: { timeZone: "Mars/Base", open: [{ days: ["mon"], from: "22:00", to: "06:00" }] },
    },
    {
      scope: "fleet",
      rules: {},
      hours: { timeZone: "Europe/Berlin", open: [{ days: ["mon"], from: "25:00", to: "06:00" }] },
    },
    { rules: {} },
    [],
    null,
  ];
  for (const body of bad) expect(await cloud.statusOf("PUT", "/alert-rules", JSON.stringify(body))).toBe(400);
  let seed = 7;
  const random = () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 2147483648;
  };
  const text = JSON.stringify({
    scope: "fleet",
    rules: { hot: { raise: 85, clear: 80 }, offline: { forS: 5 } },
    hours: null,
  });
  for (let round = 0; round < 200; round++) {
    const at = Math.floor(random() * text.length);
    const broken = text.slice(0, at) + String.fromCharCode(32 + Math.floor(random() * 90)) + text.slice(at + 1);
    expect([200, 400]).toContain(await cloud.statusOf("PUT", "/alert-rules", broken));
  }
});
