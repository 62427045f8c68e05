import { X509Certificate } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { createLog, loadConfig, startCloud } from "@tactus/cloud";
import { connectAsync } from "mqtt";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeAuthority, makeServerCertificate } from "../src/tls/certificates.js";
import { initOwnTls, openOwnTls } from "../src/tls/own-authority.js";
import { ServerTls } from "../src/tls/server-tls.js";
import { eventually } from "./cloud-under-test.js";

const DAY_MS = 86_400_000;
const log = createLog("silent");
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactus-cloud-tls-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const shownAt = (url: string, ca: string) =>
  new Promise<string>((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connectTls({ host: hostname, port: Number(port), ca, servername: "localhost" }, () => {
      resolve(socket.getPeerX509Certificate()?.serialNumber ?? "");
      socket.destroy();
    });
    socket.once("error", reject);
  });

it("page and broker show the own certificate, and a device comes in over mqtts", async () => {
  const { ca, server } = await initOwnTls(folder, []);
  const config = await loadConfig(undefined, { dataDir: folder, host: "127.0.0.1", port: 0, mqttPort: 0 });
  const cloud = await startCloud({ ...config, tls: "own" }, { log, onFatal: () => {} });
  const serial = new X509Certificate(server.cert).serialNumber;
  const [login] = await cloud.identity.provision([{ device: "hall.box", name: "", tags: [], by: "test" }], {
    replace: false,
  });
  const { username = "", password = "" } = login ?? {};

  expect([cloud.url, cloud.mqttUrl]).toEqual([expect.stringMatching(/^https:/), expect.stringMatching(/^mqtts:/)]);
  expect([await shownAt(cloud.url, ca), await shownAt(cloud.mqttUrl, ca)]).toEqual([serial, serial]);
  const client = await connectAsync(cloud.mqttUrl, { username, password, ca, protocolVersion: 4 });
  expect(client.connected).toBe(true);
  await client.endAsync(true);
  await expect(connectAsync(cloud.mqttUrl, { username, password, reconnectPeriod: 0 }, false)).rejects.toThrow();
  await cloud.stop();
});

it("a cloud without its certificate says what to do", async () => {
  const config = await loadConfig(undefined, { dataDir: folder, host: "127.0.0.1", port: 0, mqttPort: 0 });

  await expect(startCloud({ ...config, tls: "own" }, { log, onFatal: () => {} })).rejects.toThrow(/tactus cloud init/);
});

it("the server's certificate is renewed before it ends, by the same authority and for the same names", async () => {
  const first = await initOwnTls(folder, ["cloud.example", "10.0.0.5"]);
  const days = (count: number) => new Date(Date.now() + count * DAY_MS);

  const early = await openOwnTls(folder, days(59));
  const late = await openOwnTls(folder, days(61));

  const [before, after] = [new X509Certificate(first.server.cert), new X509Certificate(late.server.cert)];
  expect([early.server.cert === first.server.cert, late.ca === first.ca]).toEqual([true, true]);
  expect(Date.parse(after.validTo)).toBeGreaterThan(days(149).getTime());
  expect(after.subjectAltName).toBe(before.subjectAltName);
  expect(after.checkIssued(new X509Certificate(first.ca))).toBe(true);
  // A box that only knows that the authority is there believes the renewed one, too.
  expect(after.validFrom).toBe(new X509Certificate(first.ca).validFrom);
});

it("given files are read again when they change, and what is broken leaves the present one in use", async () => {
  const authority = await makeAuthority(new Date());
  const make = () =>
    makeServerCertificate({ authority, hosts: ["localhost"], notAfter: new Date(Date.now() + 9 * DAY_MS) });
  const files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  const put = async ({ cert, key }: { cert: string; key: string }) => {
    await writeFile(files.key, key);
    await writeFile(files.cert, cert);
  };
  const [first, second] = [await make(), await make()];
  await put(first);
  const tls = new ServerTls({ config: files, dataDir: folder, everyMs: 20, log });
  await tls.start();
  expect(tls.pair.cert).toBe(first.cert);

  await put({ ...first, key: second.key }); // half of the change
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(tls.pair).toEqual(first);
  await put(second);
  await eventually(() => tls.pair.cert === second.cert, "the new one is in use");
  tls.stop();

  await writeFile(files.cert, "nothing");
  const broken = new ServerTls({ config: files, dataDir: folder, log });
  await expect(broken.start()).rejects.toThrow(/is no PEM/);
});
