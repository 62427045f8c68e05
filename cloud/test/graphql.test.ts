import { createHash } from "node:crypto";
import { getIntrospectionQuery } from "graphql/index.js";
import { auditServer } from "graphql-http";
import { describe, expect, it } from "vitest";
import { type CloudUnderTest, eventually, withCloud } from "./cloud-under-test.js";
import { ask, bearer, type GraphqlAnswer, withTracks } from "./graphql-cloud.js";
import { SimulatedDevice } from "./simulated-device.js";

const NESTED = `query Track($id: ID!) { track(id: $id) {
  details { id number title artist durationMs sha256 addedUs addedBy }
  versions { id track version model modelVersion state reason createdUs tookMs
    artifacts { kind sha256 bytes path } metrics { name value } }
  telemetry(last: 100) { play device atUs receivedAtUs message } } }`;

interface Nested {
  track: {
    details: unknown;
    versions: { version: number; artifacts: unknown[]; metrics: unknown[] }[];
    telemetry: unknown[];
  };
}

const connected = async (cloud: CloudUnderTest) => {
  const device = new SimulatedDevice({ cloud });
  await device.connect();
  await eventually(() => cloud.board.detail(device.id)?.override, "the device is known");
  return device;
};

describe("a nested question", () => {
  it("gives in one round trip what seven calls give", async () => {
    await withTracks(async (cloud, [id]) => {
      const path = `/api/v1/tracks/${id}`;
      const details = await cloud.get(path);
      const { versions } = await cloud.get<{ versions: { version: number }[] }>(`${path}/versions`);
      const whole = [];
      for (const version of versions) {
        const { artifacts } = await cloud.get<{ artifacts: unknown[] }>(
          `${path}/versions/${version.version}/artifacts`,
        );
        const { metrics } = await cloud.get<{ metrics: unknown[] }>(`${path}/versions/${version.version}/metrics`);
        whole.push({ ...version, artifacts, metrics });
      }
      const { summaries } = await cloud.get<{ summaries: unknown[] }>(`${path}/telemetry?last=100`);

      const { data } = await ask<Nested>(cloud, { query: NESTED, variables: { id } });

      expect(data?.track).toEqual({ details, versions: whole, telemetry: summaries });
      expect(data?.track.versions.map(({ artifacts, metrics }) => [artifacts.length, metrics.length])).toEqual([
        [4, 6],
        [4, 6],
      ]);
      expect(data?.track.telemetry).toHaveLength(100);
    });
  });

  it("reaches from a box to its venue, history, ledger, telemetry, twin, rollouts and alerts", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud);
      const { data, errors } = await ask<{ device: Record<string, unknown> }>(
        cloud,
        `{ device(id: "${device.id}") { id state tags venue { name timeZone devices { id } } extent { beats }
          history(points: 10) { beats points { atUs bpm { mean } } } ledger { day waiting }
          telemetry(last: 5) { atUs message } twin { state version desired } rollouts { id } alerts { rule } } }`,
      );

      expect(errors).toBeUndefined();
      expect(data?.device).toMatchObject({
        ...{ id: device.id, state: "online", rollouts: [], ledger: [] },
        venue: { name: device.at.venue, timeZone: "UTC", devices: [{ id: device.id }] },
        history: { beats: 0, points: [] },
      });
      await device.disconnect();
    });
  });

  it("gives lists a page at a time", async () => {
    await withTracks(
      async (cloud) => {
        type Page = { tracks: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } };
        const seen: string[] = [];
        let after: string | null = null;
        for (let page = 0; page < 3; page++) {
          const { data }: GraphqlAnswer<Page> = await ask<Page>(cloud, {
            query:
              "query($after: String) { tracks(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }",
            variables: { after },
          });
          seen.push(...(data?.tracks.nodes.map(({ id }) => id) ?? []));
          after = data?.tracks.pageInfo.endCursor ?? null;
          expect(data?.tracks.pageInfo.hasNextPage).toBe(page < 2);
        }
        expect(seen).toEqual(["t-0004", "t-0003", "t-0002", "t-0001", "t-0000"]);
        const wrong = await ask(cloud, '{ tracks(after: "!") { nodes { id } } }');
        expect(wrong.errors?.[0]?.extensions?.code).toBe("bad-input");
      },
      { tracks: 5, plays: 1 },
    );
  });
});

describe("what a question may not do", () => {
  const nested = (depth: number): string =>
    depth === 0
      ? "id"
      : `devices { nodes { venue { ${"devices { venue { ".repeat(depth)} name ${"} } ".repeat(depth)} } } }`;

  const REFUSED: [string, RegExp][] = [
    [`{ ${nested(8)} }`, /depth/i],
    [`{ ${Array.from({ length: 40 }, (_, k) => `a${k}: models { name }`).join(" ")} }`, /alias/i],
    [`{ ${"models { name } ".repeat(400)} }`, /token/i],
    [`{ models ${"@include(if: true) ".repeat(40)} { name } }`, /directive/i],
    ["{ tracks(first: 500) { nodes { telemetry(last: 1000) { atUs } } } }", /values/],
    ["{ nothing }", /Cannot query field/],
    ["{ models", /Syntax Error/],
  ];

  it("being too deep, too long, too much, or having too many aliases or directives is refused", async () => {
    await withCloud(async (cloud) => {
      for (const [query, why] of REFUSED) {
        const { data, errors } = await ask(cloud, query);
        expect(data ?? null).toBeNull();
        expect(errors?.[0]?.message).toMatch(why);
        expect(errors?.[0]?.extensions?.code).toMatch(/^(bad-input|too-large)$/);
      }
      const introspection = await ask(cloud, getIntrospectionQuery());
      expect(introspection.errors).toBeUndefined();
    });
  });

  it("asking for too much through a variable, a default or fragments is refused as well", async () => {
    await withCloud(async (cloud) => {
      const byVariable = {
        query: "query($n: Int!) { tracks(first: $n) { nodes { telemetry(last: $n) { atUs } } } }",
        variables: { n: 400 },
      };
      const doubling = Array.from({ length: 40 }, (_, k) => `fragment f${k} on Query { ...f${k + 1} ...f${k + 1} }`);
      const byFragments = `{ ...f0 } ${doubling.join(" ")} fragment f40 on Query { models { name } }`;
      for (const question of [byVariable, byFragments]) {
        const { errors } = await ask(cloud, question);
        expect(errors?.[0]?.extensions?.code).toMatch(/^(bad-input|too-large)$/);
      }
    });
  });

  it("several at once, or a large body, is refused", async () => {
    await withCloud(async (cloud) => {
      const many = await fetch(`${cloud.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify([{ query: "{ __typename }" }, { query: "{ __typename }" }]),
      });
      const large = await ask(cloud, `{ __typename } #${"x".repeat(70_000)}`);

      expect([many.status, large.status]).toEqual([400, 413]);
    });
  });

  it("needs the permission of each field", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud);
      const query = `{ device(id: "${device.id}") { id credentials { ageS revokedUs } } }`;

      const local = await ask<{ device: { id: string; credentials: unknown } }>(cloud, query);
      const admin = await ask<{ device: { credentials: unknown[] } }>(cloud, query, bearer(cloud.adminToken));
      const nobody = await ask(cloud, query, bearer("wrong"));

      expect(local.data?.device).toEqual({ id: device.id, credentials: null });
      expect(local.errors?.[0]).toMatchObject({
        path: ["device", "credentials"],
        extensions: { code: "unauthorized" },
      });
      expect(admin.data?.device.credentials).toMatchObject([{ revokedUs: 0 }]);
      expect(nobody.status).toBe(401);
      await device.disconnect();
    });
  });
});

describe("a change", () => {
  it("puts a hand on a room, and is refused with its remedy", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud);
      const query =
        "mutation($id: ID!, $command: JSON!) { override(device: $id, command: $command) { outcome state } }";
      const send = (command: unknown) => ask(cloud, { query, variables: { id: device.id, command } });

      const done = await send({ action: "nudge", ms: 10 });
      const wrong = await send({ action: "dance" });
      const byGet = await fetch(
        `${cloud.url}/graphql?query=${encodeURIComponent("mutation { acknowledgeAlert(id: 1) { id } }")}`,
      );

      expect(done.data).toMatchObject({ override: { outcome: "done", state: { nudgeMs: 10 } } });
      expect(wrong.errors?.[0]?.extensions).toMatchObject({ code: "bad-input", problem: { field: "command" } });
      expect(byGet.status).toBe(405);
      await device.disconnect();
    });
  });

  it("acknowledges an alert that there is, in the name of who asks", async () => {
    const alert = {
      subject: "club.main",
      rule: "device:hum",
      severity: "warning",
      message: "Hum",
      remedy: "",
    } as const;
    await withTracks(
      async (cloud) => {
        const query =
          'mutation($id: SafeInt!) { acknowledgeAlert(id: $id, note: "mine") { state acknowledgedBy note } }';
        const send = (id: number) => ask(cloud, { query, variables: { id } }, bearer(cloud.adminToken));

        const done = await send(1);
        const unknown = await send(7);

        expect(done.errors).toBeUndefined();
        expect(done.data).toEqual({
          acknowledgeAlert: { state: "acknowledged", acknowledgedBy: "admin", note: "mine" },
        });
        expect(unknown.errors?.[0]).toMatchObject({ message: "No alert 7", extensions: { code: "not-found" } });
      },
      { tracks: 0 },
      ({ alerts }) => alerts.apply([{ kind: "raised", atUs: Date.now() * 1000, ...alert }]),
    );
  });
});

describe("a persisted query", () => {
  it("is sent once and then named by its hash", async () => {
    await withCloud(async (cloud) => {
      const query = "{ models { name } }";
      const persisted = (text: string) => ({
        persistedQuery: { version: 1, sha256Hash: createHash("sha256").update(text).digest("hex") },
      });

      const unknown = await ask(cloud, { extensions: persisted(query) });
      const first = await ask(cloud, { query, extensions: persisted(query) });
      const again = await ask(cloud, { extensions: persisted(query) });
      const false_ = await ask(cloud, { query, extensions: persisted("{ __typename }") });

      expect(unknown).toMatchObject({ status: 200, errors: [{ message: "PersistedQueryNotFound" }] });
      expect(unknown.errors?.[0]?.extensions?.code).toBe("PERSISTED_QUERY_NOT_FOUND");
      expect(first.data).toEqual({ models: [] });
      expect(again.data).toEqual({ models: [] });
      expect(false_.status).toBe(400);
    });
  });
});

describe("a subscription", () => {
  it("hears what one box says, and of no other", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud);
      const other = new SimulatedDevice({ cloud, device: "other" });
      await other.connect();
      const query = `subscription { device(id: "${device.id}", types: ["override/state", "status"]) { type device data } }`;
      const closing = new AbortController();
      const response = await fetch(`${cloud.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "text/event-stream" },
        body: JSON.stringify({ query }),
        signal: closing.signal,
      });
      expect(response.headers.get("content-type")).toMatch("text/event-stream");
      const hear = heard(response);

      for (const id of [other.id, device.id]) {
        await ask(cloud, `mutation { override(device: "${id}", command: { action: "nudge", ms: 7 }) { outcome } }`);
      }
      const event = await hear((text) => text.includes('"nudgeMs":7'));

      expect(event.data.device).toMatchObject({ type: "override/state", device: device.id, data: { nudgeMs: 7 } });
      const listeners = async () =>
        /tactus_live_listeners (\d+)/.exec(await (await fetch(`${cloud.url}/metrics`)).text())?.[1];
      expect(await listeners()).toBe("1");
      closing.abort();
      await eventually(async () => (await listeners()) === "0", "the listener is gone");
      await device.disconnect();
      await other.disconnect();
    });
  });

  it("of a box that is not there is refused", async () => {
    await withCloud(async (cloud) => {
      const response = await fetch(`${cloud.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "text/event-stream" },
        body: JSON.stringify({ query: 'subscription { device(id: "no.such") { type } }' }),
      });
      expect(await response.text()).toContain("not-found");
    });
  });
});

/** Reads until an event is as wanted. */
function heard(response: Response) {
  const reader = response.body?.getReader();
  let text = "";
  return async (isWanted: (data: string) => boolean): Promise<{ data: { device: unknown } }> => {
    for (;;) {
      const lines = text.split("\n").filter((line) => line.startsWith("data: "));
      const found = lines.find(isWanted);
      if (found) return JSON.parse(found.slice("data: ".length));
      const chunk = await reader?.read();
      if (!chunk || chunk.done) throw new Error(`Over: ${text}`);
      text += new TextDecoder().decode(chunk.value);
    }
  };
}

describe("GraphQL over HTTP", () => {
  it("is spoken as it is written: nothing that must be is missing", async () => {
    await withCloud(async (cloud) => {
      const results = await auditServer({ url: `${cloud.url}/graphql` });
      const failed = results
        .filter(({ status }) => status !== "ok")
        .map(({ name, ...result }) => [name, "reason" in result ? result.reason : ""]);

      expect(failed.filter(([name]) => name?.startsWith("MUST"))).toEqual([]);
      expect(results.length).toBeGreaterThan(50);
      if (failed.length > 0) process.stderr.write(`${JSON.stringify(failed)}\n`);
    });
  });
});
