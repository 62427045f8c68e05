import { request } from "node:http";
import { text } from "node:stream/consumers";
import type { Problem } from "@tactus/cloud";
import { describe, expect, it } from "vitest";
import { eventually, withCloud } from "./cloud-under-test.js";
import { SimulatedDevice } from "./simulated-device.js";

/** fetch() sets Host by itself; this does not. */
function statusFor(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });
}

/** Like statusFor(): the path goes out as it is written. */
function textOf(url: string): Promise<string> {
  const path = url.slice(new URL(url).origin.length);
  return new Promise((resolve, reject) => {
    request(new URL(url).origin, { path }, (response) => resolve(text(response)))
      .on("error", reject)
      .end();
  });
}

describe("HTTP", () => {
  it("says that it is alive, ready, and what it has counted", async () => {
    await withCloud(async (cloud) => {
      expect(await cloud.get("/healthz")).toEqual({ status: "ok" });
      expect(await cloud.get("/readyz")).toEqual({ status: "ready" });
      const metrics = await fetch(`${cloud.url}/metrics`);
      expect(metrics.headers.get("content-type")).toContain("text/plain; version=0.0.4");
      expect(await metrics.text()).toContain("# TYPE tactus_mqtt_clients gauge\ntactus_mqtt_clients 0\n");
    });
  });

  it("answers what does not exist with problem+json and the request's id", async () => {
    await withCloud(async (cloud) => {
      const response = await fetch(`${cloud.url}/api/v1/nothing`, { headers: { "x-request-id": "abc-123" } });

      expect(response.status).toBe(404);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect(response.headers.get("x-request-id")).toBe("abc-123");
      expect(await response.json()).toMatchObject({ type: "urn:tactus:problem:not-found", requestId: "abc-123" });
    });
  });

  it("names the field and the remedy for a wrong query", async () => {
    await withCloud(async (cloud) => {
      const of = async (path: string) => {
        const response = await fetch(`${cloud.url}/api/v1/devices/${path}`);
        const { field, remedy } = (await response.json()) as Problem;
        return [response.status, field, remedy !== undefined];
      };

      const device = new SimulatedDevice({ cloud });
      await device.connect();
      await eventually(() => cloud.board.detail(device.id), "the device is known");

      expect(await of("hall.never-seen")).toEqual([404, undefined, true]);
      expect(await of("a..b")).toEqual([400, "id", true]);
      expect(await of("%2e%2e%2fetc")).toEqual([400, "id", true]);
      expect(await of(`${device.id}/history?points=0`)).toEqual([400, "points", true]);
      expect(await of(`${device.id}/history?points=many`)).toEqual([400, "points", true]);
      expect(await of(`${device.id}/history?from=yesterday`)).toEqual([400, "from", true]);
      expect(await of(`${device.id}/history?from=2026-01-02&to=2026-01-01`)).toEqual([400, "to", true]);
      expect(await of(`${device.id}/history?from=0&points=1`)).toEqual([400, "points", true]);
      await device.disconnect();
    });
  });

  it("keeps the page from loading anything of others and from being framed", async () => {
    await withCloud(async (cloud) => {
      const { headers } = await fetch(`${cloud.url}/healthz`);
      const policy = headers.get("content-security-policy") ?? "";

      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain("unsafe");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    });
  });

  it("does not answer to a foreign name that resolves to it", async () => {
    await withCloud(async (cloud) => {
      expect(await statusFor(`${cloud.url}/api/v1/devices`, { host: "rebound.example.org" })).toBe(403);
      expect(await statusFor(`${cloud.url}/api/v1/devices`, { host: "localhost:1234" })).toBe(200);
    });
  });

  it("lets no path out of the page's folder", async () => {
    await withCloud(async (cloud) => {
      const paths = [
        "/..%2fpackage.json",
        "/assets/..%2f..%2fpackage.json",
        "/%00.js",
        "//etc/passwd",
        "/../../package.json",
      ];
      for (const path of paths) {
        const answer = await textOf(`${cloud.url}${path}`);
        expect(answer, path).not.toContain('"name": "@tactus');
        expect(answer, path).not.toContain("root:");
      }
      expect((await fetch(`${cloud.url}/assets/none.js`)).status).not.toBe(200);
    });
  });

  it("refuses a body that is too large", async () => {
    await withCloud(async (cloud) => {
      const response = await fetch(`${cloud.url}/api/v1/devices/a.b/override`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ by: "x".repeat(100_000) }),
      });

      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({ field: "body" });
    });
  });
});
