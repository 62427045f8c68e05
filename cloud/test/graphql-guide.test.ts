import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { eventually } from "./cloud-under-test.js";
import { ask, withTracks } from "./graphql-cloud.js";
import { SimulatedDevice } from "./simulated-device.js";

const GUIDE = new URL("../../docs/guides/graphql.md", import.meta.url);

it("the guide's queries are answered", async () => {
  await withTracks(async (cloud, [track]) => {
    const device = new SimulatedDevice({ cloud });
    await device.connect();
    await eventually(() => cloud.board.detail(device.id)?.override, "the device is known");
    const guide = await readFile(GUIDE, "utf8");
    const queries = [...guide.matchAll(/```graphql\n(.*?)```/gs)].map(([, query = ""]) => query);
    expect(queries).toHaveLength(7);

    for (const query of queries.filter((text) => !/^(subscription|mutation Acknowledge)/.test(text))) {
      const id = query.startsWith("query Track") ? track : device.id;
      const { errors, data } = await ask(cloud, { query, variables: { id } });
      expect(errors, query).toBeUndefined();
      expect(Object.values(data ?? {})).not.toContain(null);
    }
    const acknowledge = queries.find((text) => text.startsWith("mutation Acknowledge")) ?? "";
    const refused = await ask(cloud, { query: acknowledge, variables: { alert: 1 } });
    expect(refused.errors?.[0]?.extensions?.code).toBe("not-found");
    const subscribe = queries.find((text) => text.startsWith("subscription"));
    const response = await fetch(`${cloud.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream" },
      body: JSON.stringify({ query: subscribe, variables: { id: device.id } }),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    await response.body?.cancel();
    await device.disconnect();
  });
});
