import type { Problem } from "@tactus/cloud";
import { describe, expect, it } from "vitest";
import { type CloudUnderTest, eventually, withCloud } from "./cloud-under-test.js";
import { beatAt, SimulatedDevice } from "./simulated-device.js";

const TEN = Date.parse("2026-03-01T10:00:00Z") * 1000;

interface Page {
  beats: { atUs: number; beatId: string; provisional: boolean }[];
  next: string | null;
}

async function stored(cloud: CloudUnderTest, count: number): Promise<string> {
  const device = new SimulatedDevice({ cloud });
  await device.connect();
  const beats = Array.from({ length: count }, (_, index) =>
    beatAt(TEN + Math.floor(index / 3) * 500_001, { beatId: `b-${index}` }),
  );
  await device.sendHistory(0, beats);
  await eventually(() => device.acks.length === 1, "acknowledged");
  await device.disconnect();
  return device.id;
}

describe("the raw beats route", () => {
  it("gives each beat once, page by page, also where several fell at the same instant", async () => {
    await withCloud(async (cloud) => {
      const id = await stored(cloud, 100);
      const ids: string[] = [];
      let path: string | null = `/api/v1/devices/${id}/beats?from=2026-03-01T10:00:00Z&to=2026-03-01T11:00:00Z&limit=7`;
      while (path !== null) {
        const page: Page = await cloud.get<Page>(path);
        ids.push(...page.beats.map(({ beatId }) => beatId));
        path = page.next;
      }

      expect(ids).toHaveLength(100);
      expect(new Set(ids).size).toBe(100);
    });
  });

  it("gives a beat a line when asked so, and says what is wrong with a question", async () => {
    await withCloud(async (cloud) => {
      const id = await stored(cloud, 5);
      const path = `${cloud.url}/api/v1/devices/${id}/beats`;
      const lines = await fetch(`${path}?from=2026-03-01T10:00:00Z&to=2026-03-01T11:00:00Z&limit=3`, {
        headers: { accept: "application/x-ndjson" },
      });

      expect(lines.headers.get("link")).toMatch(/^<\/api\/v1\/devices\/.*skip=3>; rel="next"$/);
      const text = await lines.text();
      expect(
        text
          .trim()
          .split("\n")
          .map((line) => (JSON.parse(line) as { beatId: string }).beatId),
      ).toEqual(["b-0", "b-1", "b-2"]);
      for (const [query, field] of [
        ["?limit=0", "limit"],
        ["?from=x", "from"],
        ["?from=5&to=4", "to"],
        ["?skip=-1", "skip"],
      ] as const) {
        const answer = await fetch(path + query);
        expect([answer.status, ((await answer.json()) as Problem).field]).toEqual([400, field]);
      }
      expect((await fetch(`${cloud.url}/readyz`)).status).toBe(200);
      const metrics = await (await fetch(`${cloud.url}/metrics`)).text();
      expect(metrics).toContain("tactus_history_wal_bytes");
      expect(metrics).toContain("tactus_history_retention_ran_at_seconds");
    });
  });
});
