import { connectAsync } from "mqtt";
import { expect, it } from "vitest";
import { ClaimingBox, claimed, pending } from "./claiming-box.js";
import { type CloudUnderTest, eventually, withCloud } from "./cloud-under-test.js";
import { SimulatedDevice } from "./simulated-device.js";

const asAdmin = (cloud: CloudUnderTest, method: string, path: string, body?: unknown) =>
  fetch(`${cloud.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${cloud.adminToken}`,
      "content-type": "application/json",
      "tactus-operator": "Ada",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const claim = (cloud: CloudUnderTest, code: string, more = {}) =>
  asAdmin(cloud, "POST", "/api/v1/devices/claim", { code, venue: "hall", device: "main", ...more });
const detail = async (answer: Response) => ((await answer.json()) as { detail: string }).detail;
const whoAmI = async (cloud: CloudUnderTest, username: string, password: string) => {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  return (await fetch(`${cloud.url}/api/v1/identity`, { headers: { authorization } })).status;
};

it("a code gives the box that showed it its login, once", async () => {
  await withCloud(async (cloud) => {
    const box = new ClaimingBox(cloud);
    const { id } = pending(await box.register());

    expect(((await (await box.poll(id)).json()) as { state: string }).state).toBe("pending");
    expect((await claim(cloud, "ABCD-2346")).status).toBe(404);
    expect((await claim(cloud, "abcd 2345", { name: "Main", tags: ["b", "a"] })).status).toBe(201);
    expect((await claim(cloud, box.code, { device: "other" })).status).toBe(404);
    expect(await cloud.device("hall.main")).toMatchObject({ name: "Main", tags: ["a", "b"], state: "offline" });

    const first = claimed((await (await box.poll(id)).json()) as never).credentials;
    const second = claimed((await (await box.poll(id)).json()) as never).credentials; // the first answer was lost
    expect(await whoAmI(cloud, first.username, first.password)).toBe(401);
    expect(await whoAmI(cloud, second.username, second.password)).toBe(200);
    expect(second).toMatchObject({ venue: "hall", device: "main", mqttUrl: cloud.mqttUrl, name: "Main" });
    const { credentials } = (await (await asAdmin(cloud, "GET", "/api/v1/devices/hall.main/credentials")).json()) as {
      credentials: object[];
    };
    expect(JSON.stringify(credentials)).not.toContain("hash");
    // It lost its file, and still has its key.
    const third = claimed(await box.register()).credentials;
    expect(await whoAmI(cloud, third.username, third.password)).toBe(200);
    expect(await whoAmI(cloud, second.username, second.password)).toBe(401);
  });
});

it("a code is over when the box shows the next one, and when its time is over", async () => {
  await withCloud(async (cloud) => {
    const box = new ClaimingBox(cloud);
    const { id } = pending(await box.register());
    const next = await box.body({ code: "WXYZ-6789" });
    expect((await box.post(next)).status).toBe(201);

    expect((await claim(cloud, box.code)).status).toBe(404);
    expect((await box.poll(id)).status).toBe(404);
    expect((await claim(cloud, "WXYZ-6789")).status).toBe(201);
  });
  await withCloud(
    async (cloud) => {
      const box = new ClaimingBox(cloud);
      const { id } = pending(await box.register());
      await eventually(async () => (await box.poll(id)).status === 404, "the claim is over");

      expect((await claim(cloud, box.code)).status).toBe(404);
    },
    { identity: { claimCodeS: 1 } },
  );
});

it("a signature counts once, for its own request and its own key", async () => {
  await withCloud(async (cloud) => {
    const [box, thief] = [new ClaimingBox(cloud), new ClaimingBox({ ...cloud, serial: "serial-2" })];
    const body = await box.body();
    expect((await box.post(body)).status).toBe(201);

    expect(await detail(await box.post(body))).toMatch(/challenge was used before/);
    expect(await detail(await box.post({ ...(await box.body()), serial: "another" }))).toMatch(/signature is not/);
    expect(await detail(await box.post({ ...(await box.body()), publicKey: thief.publicKey }))).toMatch(
      /signature is not/,
    );
    expect(await detail(await box.post(await box.body({ challenge: `${"z".repeat(12)}.abcdefghijkl.mnop` })))).toMatch(
      /not ours/,
    );
    const { id } = pending(await box.register());
    expect((await box.poll(id, thief)).status).toBe(403);
    await claim(cloud, box.code);
    expect((await box.poll(id, thief)).status).toBe(403);
    expect((await box.poll(id)).status).toBe(200);
  });
});

it("a code that another key has registered, too, claims the box whose hash it is", async () => {
  await withCloud(async (cloud) => {
    const [box, thief] = [new ClaimingBox(cloud), new ClaimingBox({ ...cloud, serial: "serial-2" })];
    const seen = await box.body();
    expect((await box.post(seen)).status).toBe(201);
    // The thief saw the registration on the wire and sends the same hash under its own key.
    const stolen = await thief.body();
    expect((await thief.post({ ...stolen, codeHash: seen.codeHash })).status).toBe(403);
    const own = await thief.body({ code: "2222-2222" });
    expect((await thief.post(own)).status).toBe(201);
    await claim(cloud, box.code);

    expect((await thief.register()).state).toBe("pending");
    expect(claimed(await box.register()).credentials.device).toBe("main");
  });
});

it("a serial that was let in needs no code, only its key where one was named, and once", async () => {
  await withCloud(async (cloud) => {
    const [box, thief] = [new ClaimingBox(cloud), new ClaimingBox(cloud)];
    const promise = { serial: "serial-1", keyFingerprint: box.fingerprint, venue: "hall", device: "main", tags: ["x"] };
    expect((await asAdmin(cloud, "POST", "/api/v1/preauthorizations", promise)).status).toBe(201);
    const twice = { ...promise, serial: "serial-9" };
    expect((await asAdmin(cloud, "POST", "/api/v1/preauthorizations", twice)).status).toBe(409);

    expect((await thief.register()).state).toBe("pending");
    expect(claimed(await box.register()).credentials.username).toBe("hall.main");
    expect((await cloud.device("hall.main")).tags).toEqual(["x"]);
    expect((await asAdmin(cloud, "DELETE", "/api/v1/preauthorizations/serial-1")).status).toBe(404);
  });
});

it("a revocation cuts the link at once and keeps the box out, by MQTT, by HTTP and by its key", async () => {
  await withCloud(async (cloud) => {
    const box = new ClaimingBox(cloud);
    await box.register();
    await claim(cloud, box.code);
    const { username, password } = claimed(await box.register()).credentials;
    const device = new SimulatedDevice({ cloud, venue: "hall", device: "main", password });
    await device.connect();
    const other = new SimulatedDevice({ cloud, device: "other" });
    await other.connect();

    expect((await asAdmin(cloud, "DELETE", "/api/v1/devices/hall.main/credentials")).status).toBe(204);

    await eventually(() => !device.client.connected, "the link is cut");
    expect(await whoAmI(cloud, username, password)).toBe(401);
    await expect(
      connectAsync(cloud.mqttUrl, { username, password, reconnectPeriod: 0, protocolVersion: 4 }, false),
    ).rejects.toThrow(/not authorized/i);
    expect((await box.register()).state).toBe("pending");
    expect(other.client.connected).toBe(true);
    await other.disconnect();
  });
});

it("an address that has a box is taken, and given to another one only on purpose", async () => {
  await withCloud(async (cloud) => {
    const [old, young] = [new ClaimingBox(cloud), new ClaimingBox({ ...cloud, code: "WXYZ-6789", serial: "s-22" })];
    await old.register();
    await claim(cloud, old.code);
    const before = claimed(await old.register()).credentials;
    await young.register();

    expect((await claim(cloud, young.code)).status).toBe(409);
    expect((await claim(cloud, young.code, { replace: true })).status).toBe(201);

    expect(await whoAmI(cloud, before.username, before.password)).toBe(401);
    const { password } = claimed(await young.register()).credentials;
    const device = new SimulatedDevice({ cloud, venue: "hall", device: "main", password });
    await device.connect();
    expect((await asAdmin(cloud, "DELETE", "/api/v1/devices/hall.main")).status).toBe(204);
    await eventually(() => !device.client.connected, "the link is cut");
    expect((await cloud.get<{ devices: object[] }>("/api/v1/devices")).devices).toEqual([]);
  });
});

it("many boxes are provisioned at once, or none of them", async () => {
  await withCloud(async (cloud) => {
    const devices = Array.from({ length: 300 }, (_, index) => ({ id: `hall.box-${index}` }));
    const answer = await asAdmin(cloud, "POST", "/api/v1/devices", { devices });
    const made = ((await answer.json()) as { devices: { id: string; username: string; password: string }[] }).devices;
    const mixed = { devices: [{ venue: "hall", device: "new" }, { id: "hall.box-7" }] };

    expect(made.map(({ id }) => id)).toEqual(devices.map(({ id }) => id));
    expect(await whoAmI(cloud, "hall.box-7", made[7]?.password ?? "")).toBe(200);
    expect(await detail(await asAdmin(cloud, "POST", "/api/v1/devices", mixed))).toMatch(/"hall.box-7" has a box/);
    expect((await asAdmin(cloud, "GET", "/api/v1/devices/hall.new")).status).toBe(404);
    expect((await asAdmin(cloud, "POST", "/api/v1/devices", { ...mixed, replace: true })).status).toBe(201);
    expect(await whoAmI(cloud, "hall.box-7", made[7]?.password ?? "")).toBe(401);
  });
});

it("a box may renew its own login and nobody else's; strangers may do nothing at all", async () => {
  await withCloud(async (cloud) => {
    const password = await cloud.passwordOf("hall.main");
    await cloud.passwordOf("hall.other");
    const authorization = `Basic ${Buffer.from(`hall.main:${password}`).toString("base64")}`;
    const rotate = (id: string, headers = {}) =>
      fetch(`${cloud.url}/api/v1/devices/${id}/credentials/rotate`, { method: "POST", headers });

    expect((await rotate("hall.main", { authorization })).status).toBe(201);
    expect((await rotate("hall.other", { authorization })).status).toBe(403);
    for (const [method, path] of [
      ["POST", "/api/v1/devices"],
      ["POST", "/api/v1/devices/claim"],
      ["POST", "/api/v1/preauthorizations"],
      ["GET", "/api/v1/preauthorizations"],
      ["GET", "/api/v1/claims"],
      ["PATCH", "/api/v1/devices/hall.main"],
      ["DELETE", "/api/v1/devices/hall.main"],
      ["GET", "/api/v1/devices/hall.main/credentials"],
      ["DELETE", "/api/v1/devices/hall.main/credentials"],
      ["POST", "/api/v1/devices/hall.main/credentials/rotate"],
    ] as const) {
      const bare = await fetch(`${cloud.url}${path}`, { method });
      const asBox = await fetch(`${cloud.url}${path}`, {
        method,
        headers: path.endsWith("rotate") ? {} : { authorization },
      });
      expect([bare.status, asBox.status], `${method} ${path}`).toEqual([401, 401]);
    }
  });
});

it("codes cannot be guessed by trying, nor can registrations fill the cloud", async () => {
  await withCloud(
    async (cloud) => {
      const outcomes: number[] = [];
      for (let index = 0; index < 40; index++) outcomes.push((await claim(cloud, "ABCD-2345")).status);
      expect(outcomes.filter((status) => status === 404)).toHaveLength(30);
      expect(outcomes.at(-1)).toBe(429);

      const boxes = Array.from({ length: 4 }, () => new ClaimingBox(cloud));
      const statuses: number[] = [];
      for (const box of boxes) statuses.push((await box.post(await box.body())).status);
      expect(statuses).toEqual([201, 201, 201, 429]);
    },
    { identity: { maxPendingClaims: 3 } },
  );
});

it("claims that are not what they should be are refused with one clear error, and the next good one is taken", async () => {
  await withCloud(async (cloud) => {
    const box = new ClaimingBox(cloud);
    const good = await box.body();
    const random = seeded(7);
    const odd: unknown[] = [
      null,
      1,
      "",
      "x".repeat(70_000),
      [],
      {},
      -1,
      2 ** 53,
      true,
      "\u0000",
      { v: 1 },
      "A".repeat(43),
    ];
    const pick = <T>(from: T[]): T => from[Math.floor(random() * from.length)] as T;
    const statuses = new Set<number>();
    for (let round = 0; round < 55; round++) {
      const body: Record<string, unknown> = { ...good };
      const key = pick(Object.keys(good));
      if (random() < 0.2) delete body[key];
      else if (random() < 0.8) body[key] = pick(odd);
      else body[`${key}x`] = pick(odd);
      const text = random() < 0.2 ? JSON.stringify(body).slice(0, Math.floor(random() * 300)) : JSON.stringify(body);
      const answer = await box.post(text);
      statuses.add(answer.status);
      expect(answer.headers.get("content-type")).toContain("problem+json");
    }

    expect([...statuses].filter((status) => ![400, 403, 413].includes(status))).toEqual([]);
    expect((await box.register()).state).toBe("pending");
  });
});

/** Numbers in [0, 1) that are the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
