import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findAuthority } from "../src/identity/authority.js";
import { openCloudFetch } from "../src/identity/cloud-fetch.js";

const file = (name: string) => fileURLToPath(new URL(`./fixtures/tls/${name}.pem`, import.meta.url));
const pem = (name: string) => readFile(file(name), "utf8");

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactus-tls-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A server that shows this certificate and counts what it is told. */
async function serve(name: string, answer: string | Buffer = "hello") {
  const both = await pem(name);
  const heard: string[] = [];
  const server = createServer({ key: both, cert: both }, (request, response) => {
    heard.push(request.headers.authorization ?? "");
    response.end(answer);
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return { httpUrl: `https://localhost:${port}`, heard, stop: () => server.close() };
}

async function ask(name: string, floorMs = Date.UTC(2026, 0, 1)) {
  const server = await serve(name);
  const ca = await pem("ca");
  const fetch = openCloudFetch({
    access: () => ({ ...server, username: "hall.box", password: "secret", ca, floorMs }),
  });
  const outcome = await fetch("/").then(
    ({ status, body }) => `${status} ${body}`,
    (error: Error) => error.message,
  );
  server.stop();
  return { outcome, heard: server.heard };
}

test("a request with the login reaches the cloud that shows its authority's certificate", async () => {
  const { outcome, heard } = await ask("good");

  expect(outcome).toBe("200 hello");
  expect(heard).toEqual([`Basic ${Buffer.from("hall.box:secret").toString("base64")}`]);
});

test("not a byte of the login goes to a server that is not the cloud", async () => {
  for (const [name, reason] of [
    ["other-host", "not for localhost"],
    ["other-authority", "not by the cloud's own authority"],
    ["over", "ended on"],
    ["to-come", "begins on"],
  ] as const) {
    const { outcome, heard } = await ask(name);

    expect(outcome, name).toContain(reason);
    expect(heard, name).toEqual([]);
  }
});

test("a certificate that the clock has not reached is believed at the time floor", async () => {
  expect((await ask("to-come", Date.UTC(2041, 0, 1))).outcome).toBe("200 hello");
});

test("the authority is fetched once by its fingerprint, and no other is taken", async () => {
  const server = await serve("good", await pem("ca"));
  const { X509Certificate } = await import("node:crypto");
  const caFingerprint = new X509Certificate(await pem("ca")).fingerprint256;
  const wanted = { stateDir: folder, httpUrl: server.httpUrl, caFile: undefined, claimed: undefined };

  await expect(findAuthority({ ...wanted, caFingerprint: "00".repeat(32) })).rejects.toThrow(/not the one/);
  expect(await findAuthority({ ...wanted, caFingerprint })).toBe(await pem("ca"));
  server.stop();
  expect(await findAuthority({ ...wanted, caFingerprint: caFingerprint.replaceAll(":", "").toLowerCase() })).toBe(
    await pem("ca"),
  );
  expect((await stat(join(folder, "cloud-ca.pem"))).mode & 0o777).toBe(0o600);
});

test("a file that is no certificate is one clear error", async () => {
  const path = join(folder, "ca.pem");
  await writeFile(path, "nothing");
  const wanted = { stateDir: folder, httpUrl: undefined, caFingerprint: undefined, claimed: undefined };

  await expect(findAuthority({ ...wanted, caFile: path })).rejects.toThrow(/no certificate in PEM/);
  await expect(findAuthority({ ...wanted, caFile: `${path}x` })).rejects.toThrow(/cannot be read/);
});

test("an answer that is too long or does not come ends the request", async () => {
  const server = await serve("good", Buffer.alloc(100_000));
  const ca = await pem("ca");
  const fetch = openCloudFetch({ access: () => ({ ...server, ca, floorMs: 0 }) });

  await expect(fetch("/", { maxBytes: 50_000 })).rejects.toThrow(/longer than 50000 bytes/);
  let bytes = 0;
  const { body } = await fetch("/", {
    onBody: (piece) => {
      bytes += piece.length;
    },
  });
  expect([bytes, body.length]).toEqual([100_000, 0]);
  server.stop();
});
