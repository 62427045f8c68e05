import { Hono } from "hono";
import { expect, it } from "vitest";
import { createLog } from "../log.js";
import type { Principal } from "../users/principal.js";
import type { Access } from "./access.js";
import { problemHandler } from "./errors.js";
import { rateLimits } from "./rate-limits.js";

function limited(principal: Principal | undefined) {
  const clock = { nowUs: 1e15 };
  const access = { principalOf: () => principal } as unknown as Access;
  const app = new Hono();
  app.onError(problemHandler(createLog("silent")));
  app.use(rateLimits({ access, perSecond: 10, now: () => clock.nowUs }));
  app.get("/", (context) => context.text("ok"));
  const ask = async (times: number) => {
    const answers = [];
    for (let index = 0; index < times; index++) answers.push(await app.request("/"));
    return answers;
  };
  return { clock, ask };
}

const key: Principal = { kind: "key", name: "signage", permissions: ["read"], credentialId: "k1" };
const refusedOf = (answers: Response[]) => answers.filter(({ status }) => status === 429).length;

it("lets four seconds' worth come at once, then so many a second, and says how long to wait", async () => {
  const { clock, ask } = limited(key);
  expect(refusedOf(await ask(45))).toBe(5);
  clock.nowUs += 1e6;
  const later = await ask(12);

  expect(refusedOf(later)).toBe(2);
  expect(later[0]?.headers.get("ratelimit-remaining")).toBe("9");
  expect(later.at(-1)?.headers.get("retry-after")).toBe("1");
});

it("gives less to those who do not say who they are, and everything to who holds the admin token", async () => {
  expect(refusedOf(await limited(undefined).ask(10))).toBe(6);
  expect(refusedOf(await limited({ kind: "token", name: "admin", permissions: ["read"] }).ask(500))).toBe(0);
});
