import { expect, it } from "vitest";
import { type BulkProgress, runBulk } from "./bulk.js";

const rooms = Array.from({ length: 20 }, (_, index) => `club.${index}`);

it("does it for each room once, goes on after failures, and knows the ways back", async () => {
  const seen: string[] = [];
  const told: number[] = [];
  let [present, most] = [0, 0];
  const result = await runBulk(
    rooms,
    async (room) => {
      most = Math.max(most, ++present);
      await new Promise((resolve) => setTimeout(resolve, 1));
      present--;
      seen.push(room);
      if (room === "club.3") throw new Error("It is offline");
      return room === "club.4" ? undefined : async () => room;
    },
    { onProgress: ({ done }: BulkProgress) => told.push(done), signal: new AbortController().signal },
  );

  expect([...seen].sort()).toEqual([...rooms].sort());
  expect(result.failures).toEqual([{ device: "club.3", why: "It is offline" }]);
  expect(result.ways).toHaveLength(18);
  expect(told.at(-1)).toBe(20);
  expect(most).toBe(6);
});

it("stops before the next room", async () => {
  const stop = new AbortController();
  const { done } = await runBulk(rooms, async () => stop.abort() as undefined, {
    onProgress: () => {},
    signal: stop.signal,
  });

  expect(done).toBeLessThan(rooms.length);
});
