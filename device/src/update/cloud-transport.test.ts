import { UnavailableError } from "@tactus/shared";
import { expect, test } from "vitest";
import type { CloudFetch } from "../identity/cloud-fetch.js";
import { cloudTransport } from "./cloud-transport.js";

const signal = new AbortController().signal;
const answer = (status: number) => ({ status, headers: new Headers(), body: Buffer.alloc(0) });

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

test("pieces come through in order, one at a time, and no range is asked for", async () => {
  let asked: Record<string, string> | undefined;
  const fetch: CloudFetch = async (_path, init) => {
    asked = init?.headers;
    for (const piece of ["one ", "two ", "three"]) await init?.onBody?.(Buffer.from(piece));
    return answer(200);
  };

  const { status, body } = await cloudTransport(fetch)("/file", {
    headers: { range: "bytes=3-", accept: "x" },
    signal,
  });

  expect(await textOf(body)).toBe("one two three");
  expect(status).toBe(200);
  expect(asked).toEqual({ accept: "x" });
});

test("an answer without a body has its status", async () => {
  const { status, body } = await cloudTransport(async () => answer(404))("/file", { headers: {}, signal });

  expect(status).toBe(404);
  expect(await textOf(body)).toBe("");
});

test("a connection that breaks in the middle is an error of the body, and one before it of the request", async () => {
  const fetch: CloudFetch = async (_path, init) => {
    await init?.onBody?.(Buffer.from("half"));
    throw new UnavailableError("broken");
  };

  const { body } = await cloudTransport(fetch)("/file", { headers: {}, signal });
  await expect(textOf(body)).rejects.toThrow("broken");
  const refused = cloudTransport(async () => Promise.reject(new UnavailableError("down")));
  await expect(refused("/file", { headers: {}, signal })).rejects.toThrow("down");
});

test("who reads no further ends the request", async () => {
  let ended: AbortSignal | undefined;
  const fetch: CloudFetch = async (_path, init) => {
    ended = init?.signal;
    for (let k = 0; k < 100 && !ended?.aborted; k++) await init?.onBody?.(Buffer.from("endless"));
    return answer(200);
  };

  const { body } = await cloudTransport(fetch)("/file", { headers: {}, signal });
  for await (const _ of body) break;

  expect(ended?.aborted).toBe(true);
});
