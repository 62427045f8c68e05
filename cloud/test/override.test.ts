import type { OverrideOutcome, Problem } from "@tactus/cloud";
import { describe, expect, it } from "vitest";
import { type CloudUnderTest, eventually, withCloud } from "./cloud-under-test.js";
import { LiveClient } from "./live-client.js";
import { SimulatedDevice } from "./simulated-device.js";

const connected = async (cloud: CloudUnderTest) => {
  const device = new SimulatedDevice({ cloud });
  await device.connect();
  await eventually(() => cloud.board.detail(device.id)?.override, "the device is known");
  return device;
};

async function post<T>(cloud: CloudUnderTest, id: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${cloud.url}/api/v1/devices/${id}/override`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, type: response.headers.get("content-type"), body: (await response.json()) as T };
}

describe("override", () => {
  it("travels up the WebSocket to the device and comes back as its state to everybody", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud);
      const [ada, ben] = [await new LiveClient(cloud.url).open(), await new LiveClient(cloud.url).open()];
      await Promise.all([ada.first("hello"), ben.first("hello")]);

      const command = { action: "nudge", ms: 10 } as const;
      ada.say({ type: "override", device: device.id, requestId: "r-1", by: "Ada", command });
      const answer = await ada.first("override");
      const seen = await ben.first("override/state");

      expect(device.commands).toEqual([{ v: 1, requestId: "r-1", by: "Ada", command }]);
      expect(answer.outcome).toBe("done");
      expect(seen.data).toMatchObject({ nudgeMs: 10, by: "Ada", lastRequestId: "r-1" });
      ada.close();
      ben.close();
      await device.disconnect();
    });
  });

  it("goes by POST, too, and answers with what the device says", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud);
      const held = await post<OverrideOutcome>(cloud, device.id, { by: "Ada", command: { action: "hold", bpm: 128 } });
      const refused = await post<OverrideOutcome>(cloud, device.id, {
        by: "Ada",
        command: { action: "shift", beats: 1 },
      });

      expect(held.status).toBe(200);
      expect(held.body).toMatchObject({ outcome: "done", state: { mode: "held", bpm: 128, by: "Ada" } });
      expect(refused.body).toMatchObject({ outcome: "refused", state: { refused: "The bar is locked" } });
      await device.disconnect();
    });
  });

  it("is pending when the device does not answer", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud);
      await device.client.unsubscribeAsync(`tactus/v1/${device.at.venue}/${device.at.device}/override/set`);
      const answer = await post<OverrideOutcome>(cloud, device.id, { by: "Ada", command: { action: "tap" } });

      expect(answer.status).toBe(202);
      expect(answer.body).toMatchObject({ outcome: "pending", state: null });
      await device.disconnect();
    });
  });

  it("to a device that is not there names the remedy", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud);
      device.vanish();
      await eventually(() => cloud.board.detail(device.id)?.state === "offline", "offline");
      const offline = await post<Problem>(cloud, device.id, { by: "Ada", command: { action: "tap" } });
      const unknown = await post<Problem>(cloud, "no.such", { by: "Ada", command: { action: "tap" } });

      expect(offline.status).toBe(409);
      expect(offline.type).toBe("application/problem+json");
      expect(offline.body.remedy).toContain("when the device is back");
      expect(unknown.status).toBe(404);
    });
  });

  it("with a wrong body names the field", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud);
      const command = { action: "nudge", ms: 9999 };
      const wrongField = await post<Problem>(cloud, device.id, { by: "Ada", command });
      const noJson = await post<Problem>(cloud, device.id, "tap!");
      const notDeclared = await post<Problem>(
        cloud,
        device.id,
        { by: "Ada", command },
        { "content-type": "text/plain" },
      );

      expect(wrongField.status).toBe(400);
      expect(wrongField.body.field).toBe("command.ms");
      expect(wrongField.body.requestId).toMatch(/\S/);
      expect(noJson.body.field).toBe("body");
      expect(notDeclared.body.field).toBe("Content-Type");
      expect(device.commands).toEqual([]);
      await device.disconnect();
    });
  });

  it("from a foreign page is refused", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud);
      const body = { by: "Eve", command: { action: "blackout" } };
      const answer = await post<Problem>(cloud, device.id, body, { origin: "https://example.org" });

      expect(answer.status).toBe(403);
      expect(device.commands).toEqual([]);
      await device.disconnect();
    });
  });
});
