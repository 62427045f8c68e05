import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { peerFault } from "./peer-check.js";

const certificate = (name: string) =>
  new X509Certificate(readFileSync(new URL(`../../test/fixtures/tls/${name}.pem`, import.meta.url)));
const NOW = Date.UTC(2026, 10, 22);
const LONG_AGO = Date.UTC(1970, 0, 2);
const fault = (leaf: string, { host = "localhost", nowMs = NOW, floorMs = Date.UTC(2026, 0, 1), ca = "ca" } = {}) =>
  peerFault({ leaf: certificate(leaf), authorities: [certificate(ca)], host, nowMs, floorMs });

test("the cloud is believed by its name and by its address", () => {
  expect(fault("good")).toBeUndefined();
  expect(fault("good", { host: "127.0.0.1" })).toBeUndefined();
});

test("a server of another name, another address or another authority is not", () => {
  expect(fault("good", { host: "cloud.example" })).toMatch(/not for cloud\.example/);
  expect(fault("good", { host: "127.0.0.2" })).toMatch(/not for 127\.0\.0\.2/);
  expect(fault("other-host")).toMatch(/not for localhost but for DNS:elsewhere/);
  expect(fault("other-authority")).toMatch(/not by the cloud's own authority/);
  expect(fault("good", { ca: "other-ca" })).toMatch(/not by the cloud's own authority/);
  expect(fault("other-authority", { ca: "good" })).toMatch(/not by/); // a server is no authority
});

test("a box that boots in 1970 believes what is good at its time floor, and nothing that was over by then", () => {
  expect(fault("good", { nowMs: LONG_AGO })).toBeUndefined();
  expect(fault("over", { nowMs: LONG_AGO })).toMatch(/ended on Jun {2}1 00:00:00 2025/);
  expect(fault("over")).toMatch(/ended/);
});

test("what begins later is believed once the floor is there, whatever the clock says", () => {
  expect(fault("to-come")).toMatch(/begins on/);
  expect(fault("to-come", { nowMs: LONG_AGO, floorMs: Date.UTC(2041, 0, 1) })).toBeUndefined();
  expect(fault("to-come", { nowMs: LONG_AGO, floorMs: Date.UTC(2043, 0, 1) })).toMatch(/ended/);
});
