import { createServer } from "node:net";
import { afterEach, expect, it } from "vitest";
import { closeServer, listenOn, nextFreePort } from "./listen.js";

const HOST = "127.0.0.1";
const taken = createServer();
afterEach(() => closeServer(taken));

it("a port that is taken is refused in words, and the next free one is found", async () => {
  const port = await listenOn(taken, { host: HOST, port: 0 }, "HTTP");

  await expect(listenOn(createServer(), { host: HOST, port }, "HTTP")).rejects.toThrow(
    `HTTP port ${port} on ${HOST} is taken`,
  );
  expect(await nextFreePort({ host: HOST, port })).toBeGreaterThan(port);
  expect(await nextFreePort({ host: HOST, port: 0 })).toBe(0);
});
