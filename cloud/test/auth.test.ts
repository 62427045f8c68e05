/** Logins, roles and keys, from the outside of a whole cloud. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { type CloudUnderTest, eventually, withCloud } from "./cloud-under-test.js";

const BIN = fileURLToPath(new URL("../../bin/tactus.mjs", import.meta.url));
const PASSWORD = "correct horse battery";
const run = promisify(execFile);

interface Asked {
  method?: string;
  body?: unknown;
  bearer?: string | undefined;
  cookie?: string | undefined;
  headers?: Record<string, string>;
}

async function ask(cloud: CloudUnderTest, path: string, { method, body, bearer, cookie, headers = {} }: Asked = {}) {
  return fetch(`${cloud.url}${path}`, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...(cookie === undefined ? {} : { cookie }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
}

const cookieOf = (response: Response): string => (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "";

async function login(cloud: CloudUnderTest, name: string, password = PASSWORD): Promise<string> {
  const response = await ask(cloud, "/api/v1/auth/login", { body: { name, password } });
  if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`);
  return cookieOf(response);
}

/** Ada is the admin. */
async function begin(cloud: CloudUnderTest): Promise<string> {
  return cookieOf(await ask(cloud, "/api/v1/auth/begin", { body: { name: "Ada", password: PASSWORD } }));
}

describe("first run", () => {
  it("lets this machine see, makes one admin with a strict cookie, and from then on wants a login", async () => {
    await withCloud(async (cloud) => {
      expect(await cloud.get("/api/v1/auth")).toMatchObject({ user: { kind: "local" }, firstRun: true });
      expect((await ask(cloud, "/api/v1/users")).status).toBe(401);

      const made = await ask(cloud, "/api/v1/auth/begin", { body: { name: "Ada", password: PASSWORD } });
      expect(made.status).toBe(200);
      expect(made.headers.get("set-cookie")).toMatch(/^tactus_session=[\w-]+;.*HttpOnly.*SameSite=Strict/);
      expect((await ask(cloud, "/api/v1/auth/begin", { body: { name: "Eve", password: PASSWORD } })).status).toBe(409);

      expect((await ask(cloud, "/api/v1/devices")).status).toBe(401);
      expect((await ask(cloud, "/api/v1/devices", { cookie: cookieOf(made) })).status).toBe(200);
      expect((await ask(cloud, "/api/v1/users", { bearer: cloud.adminToken })).status).toBe(200);
    });
  });

  it("refuses weak passwords with field and remedy", async () => {
    await withCloud(async (cloud) => {
      const weak = await ask(cloud, "/api/v1/auth/begin", { body: { name: "Ada", password: "short" } });

      expect(weak.status).toBe(400);
      expect(await weak.json()).toMatchObject({ field: "password", remedy: expect.stringContaining("characters") });
    });
  });
});

type Described = Record<string, Record<string, { "x-tactus-caller": string }>>;
const ENOUGH: Record<string, string[]> = {
  read: ["viewer", "operator", "admin"],
  operate: ["operator", "admin"],
  manage: ["admin"],
};

describe("roles", () => {
  it("hold on every route, for sessions and for keys", async () => {
    await withCloud(
      async (cloud) => {
        const admin = await begin(cloud);
        for (const role of ["viewer", "operator"]) {
          const added = { name: `a ${role}`, password: PASSWORD, role };
          expect((await ask(cloud, "/api/v1/users", { body: added, cookie: admin })).status).toBe(201);
        }
        const callers = {
          nobody: {},
          viewer: { cookie: await login(cloud, "a viewer") },
          operator: { cookie: await login(cloud, "a operator") },
          admin: { cookie: admin },
        };
        const { paths } = (await (await ask(cloud, "/openapi.json")).json()) as { paths: Described };
        let tried = 0;
        for (const [path, operations] of Object.entries(paths)) {
          for (const [method, { "x-tactus-caller": needed }] of Object.entries(operations)) {
            if (!(needed in ENOUGH) || path === "/api/v1/auth/password") continue;
            for (const [caller, credentials] of Object.entries(callers)) {
              const response = await ask(cloud, path.replace(/\{\w+\}/g, "0"), {
                ...credentials,
                method: method.toUpperCase(),
                ...(method === "get" ? {} : { body: {} }),
              });
              await response.body?.cancel();
              const wanted = ENOUGH[needed]?.includes(caller) ? "let through" : caller === "nobody" ? 401 : 403;
              const got = response.status === 401 || response.status === 403 ? response.status : "let through";
              expect([method, path, caller, got]).toEqual([method, path, caller, wanted]);
              expect([method, path, response.status < 500 || response.status === 503]).toEqual([method, path, true]);
              tried++;
            }
          }
        }
        expect(tried).toBeGreaterThan(200);
      },
      { requestsPerSecond: 0 },
    );
  });

  it("hold on the live feed, too", async () => {
    await withCloud(async (cloud) => {
      const cookie = await begin(cloud);
      const opened = (headers: Record<string, string>) =>
        new Promise<number>((resolve) => {
          const socket = new WebSocket(`${cloud.url.replace("http", "ws")}/api/v1/live`, { headers });
          socket.on("open", () => {
            socket.close();
            resolve(101);
          });
          socket.on("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
          socket.on("error", () => resolve(0));
        });

      expect(await opened({ cookie })).toBe(101);
      expect(await opened({})).toBe(401);
      expect(await opened({ authorization: "Bearer guessed" })).toBe(401);
      expect((await ask(cloud, "/api/v1/events")).status).toBe(401);
    });
  });
});

describe("keys", () => {
  it("do what their scopes say and end when they are removed", async () => {
    await withCloud(async (cloud) => {
      const cookie = await begin(cloud);
      const made = await ask(cloud, "/api/v1/keys", { body: { name: "signage", scopes: ["read"] }, cookie });
      const key = (await made.json()) as { id: string; secret: string };

      expect((await ask(cloud, "/api/v1/devices", { bearer: key.secret })).status).toBe(200);
      expect((await ask(cloud, "/api/v1/users", { bearer: key.secret })).status).toBe(403);
      expect(await (await ask(cloud, "/api/v1/keys", { cookie })).text()).not.toContain(key.secret);
      expect((await ask(cloud, `/api/v1/keys/${key.id}`, { method: "DELETE", cookie })).status).toBe(204);
      expect((await ask(cloud, "/api/v1/devices", { bearer: key.secret })).status).toBe(401);
    });
  });

  it("are held to so many requests, and told how many are left", async () => {
    await withCloud(
      async (cloud) => {
        const cookie = await begin(cloud);
        const answers = [];
        for (let index = 0; index < 14; index++) answers.push(await ask(cloud, "/api/v1/devices", { cookie }));
        const refused = answers.find(({ status }) => status === 429);

        expect(answers[0]?.headers.get("ratelimit-limit")).toBe("8");
        expect(refused?.headers.get("content-type")).toContain("problem+json");
        expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
        expect(await refused?.json()).toMatchObject({ status: 429, remedy: expect.stringContaining("Wait") });
      },
      { requestsPerSecond: 2 },
    );
  });
});

describe("sessions", () => {
  it("end with logout; guesses are slowed down", async () => {
    await withCloud(async (cloud) => {
      await begin(cloud);
      const cookie = await login(cloud, "ada");
      expect((await ask(cloud, "/api/v1/auth/logout", { method: "POST", cookie })).status).toBe(204);
      expect((await ask(cloud, "/api/v1/devices", { cookie })).status).toBe(401);

      const guesses = [];
      for (let guess = 0; guess < 6; guess++) {
        guesses.push((await ask(cloud, "/api/v1/auth/login", { body: { name: "Ada", password: "wrong one" } })).status);
      }
      expect(guesses).toEqual([401, 401, 401, 401, 401, 429]);
    });
  });

  it("end when the password is reset by command line while the cloud runs", async () => {
    await withCloud(async (cloud) => {
      const cookie = await begin(cloud);
      const { stdout } = await run(process.execPath, [
        ...[BIN, "cloud", "users", "reset-password", "Ada"],
        ...["--make-password", "--data-dir", cloud.dataDir],
      ]);
      const password = /Password: (\S+)/.exec(stdout)?.[1] ?? "";

      await eventually(
        async () => (await ask(cloud, "/api/v1/devices", { cookie })).status === 401,
        "the old session is over",
      );
      expect((await ask(cloud, "/api/v1/devices", { cookie: await login(cloud, "Ada", password) })).status).toBe(200);
    });
  });

  it("are wanted as soon as somebody was added by command line", async () => {
    await withCloud(async (cloud) => {
      expect((await ask(cloud, "/api/v1/devices")).status).toBe(200);
      await run(process.execPath, [
        BIN,
        "cloud",
        "users",
        "add",
        "Ada",
        "--make-password",
        "--data-dir",
        cloud.dataDir,
      ]);

      await eventually(async () => (await ask(cloud, "/api/v1/devices")).status === 401, "a login is wanted");
    });
  });
});

describe("a live connection", () => {
  it("ends when the login that opened it does", async () => {
    await withCloud(async (cloud) => {
      const cookie = await begin(cloud);
      const socket = new WebSocket(`${cloud.url.replace("http", "ws")}/api/v1/live`, { headers: { cookie } });
      const closed = new Promise<string>((resolve) => socket.on("close", (_code, reason) => resolve(String(reason))));
      await new Promise((resolve) => socket.once("open", resolve));
      await ask(cloud, "/api/v1/auth/logout", { method: "POST", cookie });

      expect(await closed).toBe("the login is over");
    });
  }, 30_000);
});

describe("a request that is sent again", () => {
  it("with the same key is done once, and answered as before", async () => {
    await withCloud(async (cloud) => {
      const cookie = await begin(cloud);
      const headers = { "idempotency-key": "b7f3c0de-1" };
      const box = { venue: "club", device: "booth" };
      const [first, again] = [
        await ask(cloud, "/api/v1/devices", { body: box, cookie, headers }),
        await ask(cloud, "/api/v1/devices", { body: box, cookie, headers }),
      ];
      const other = await ask(cloud, "/api/v1/devices", { body: { ...box, device: "bar" }, cookie, headers });

      expect([first.status, again.status, other.status]).toEqual([201, 201, 409]);
      expect(await again.text()).toBe(await first.text());
      expect(again.headers.get("idempotency-replayed")).toBe("true");
    });
  });

  it("with the ETag of the last answer is not sent whole", async () => {
    await withCloud(async (cloud) => {
      const first = await ask(cloud, "/api/v1/venues/club");
      const tag = first.headers.get("etag") ?? "";
      const again = await ask(cloud, "/api/v1/venues/club", { headers: { "if-none-match": tag } });
      const token = { bearer: cloud.adminToken };
      const change = { timeZone: "Europe/Berlin", windows: [{ days: ["mon"], from: "04:00", to: "06:00" }] };
      const put = (ifMatch: string) =>
        ask(cloud, "/api/v1/venues/club", { method: "PUT", body: change, ...token, headers: { "if-match": ifMatch } });

      expect([tag !== "", again.status]).toEqual([true, 304]);
      expect((await put('"of another"')).status).toBe(412);
      expect((await put(tag)).status).toBe(200);
    });
  });
});

describe("the list of devices", () => {
  it("is searched, sorted and given page by page", async () => {
    await withCloud(async (cloud) => {
      const devices = ["bar", "booth", "cellar", "floor"].map((device) => ({ venue: "club", device, tags: [device] }));
      await ask(cloud, "/api/v1/devices", { body: { devices }, bearer: cloud.adminToken });
      interface Page {
        devices: { id: string }[];
        next: string | null;
      }
      const pages: string[][] = [];
      for (let next: string | null = "/api/v1/devices?sort=-id&limit=3"; next !== null; ) {
        const page: Page = await cloud.get<Page>(next);
        pages.push(page.devices.map(({ id }) => id));
        next = page.next;
      }

      expect(pages).toEqual([["club.floor", "club.cellar", "club.booth"], ["club.bar"]]);
      expect((await cloud.get<Page>("/api/v1/devices?q=OO&state=offline")).devices).toHaveLength(2);
      expect((await cloud.get<Page>("/api/v1/devices?tag=bar")).devices).toMatchObject([{ id: "club.bar" }]);
      expect((await ask(cloud, "/api/v1/devices?cursor=nonsense")).status).toBe(400);
      expect((await ask(cloud, "/api/v1/devices?sort=beauty")).status).toBe(400);
    });
  });
});
