import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { expect, it } from "vitest";
import { WebhookSender } from "./webhook-sender.js";

const call = (url: string) => ({
  webhook: { url, secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
  id: "msg_1",
  type: "test",
  body: "{}",
  nowUs: 1e15,
});

it("a name that leads to a private address is refused when it is connected to", async () => {
  const sender = new WebhookSender({ allowPrivate: false, timeoutMs: 2000 });

  // Where this machine's own name is not known, there is no address at all.
  await expect(sender.send(call(`https://${hostname()}.:1/`))).rejects.toThrow(/private address|ENOTFOUND|EAI_AGAIN/);
});

it("a receiver that says nothing is given up, and one that never ends is not listened to", async () => {
  const server = createServer((request, response) => {
    if (request.url === "/endless") response.writeHead(200).write("x".repeat(100_000));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sender = new WebhookSender({ allowPrivate: true, timeoutMs: 300 });

  await expect(sender.send(call(`${url}/silent`))).rejects.toThrow("No answer within 300 ms");
  expect(await sender.send(call(`${url}/endless`))).toEqual({ status: 200, retryAfterS: 0 });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
