import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { ClaimPage } from "./claim-page.js";
import { loadOrMakeDeviceKey } from "./device-key.js";
import { loadOrMakeSerial } from "./serial.js";

const folders: string[] = [];
afterEach(() => Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true }))));
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tactus-box-"));
  folders.push(folder);
  return folder;
}

test("the page shows the code to who knows the pairing code, and shuts after ten wrong ones for a minute", async () => {
  let now = 0;
  const page = new ClaimPage({
    host: "127.0.0.1",
    port: 0,
    pairingCode: "ABCD-EFGH",
    code: () => ({ code: "WXYZ-2345", validForS: 600 }),
    facts: () => [["Device", "<b>hall.box</b>"]],
    monotonic: () => now,
  });
  const port = await page.start();
  const look = (password?: string, method = "GET") =>
    fetch(`http://127.0.0.1:${port}/`, {
      method,
      headers:
        password === undefined ? {} : { authorization: `Basic ${Buffer.from(`x:${password}`).toString("base64")}` },
    });

  const good = await look("ABCD-EFGH");
  const text = await good.text();
  expect([good.status, (await look()).status, (await look("ABCD-EFGH", "POST")).status]).toEqual([200, 401, 405]);
  expect(text).toContain("WXYZ-2345");
  expect(text).toContain("&lt;b&gt;hall.box");
  expect(good.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
  for (let index = 0; index < 10; index++) expect((await look("wrong")).status).toBe(401);
  expect((await look("ABCD-EFGH")).status).toBe(429);
  now = 61;
  expect((await look("ABCD-EFGH")).status).toBe(200);
  await page.stop();
});

test("the serial is the board's, else comes from the machine id without showing it, else is made; and stays", async () => {
  const folder = await newFolder();
  const [board, machine] = [join(folder, "board"), join(folder, "machine")];
  const serial = async (places: { board: string; machine: string }) => loadOrMakeSerial(await newFolder(), places);
  const random = await serial({ board, machine });
  await writeFile(machine, "0123456789abcdef0123456789abcdef\n");
  const hashed = await serial({ board, machine });
  await writeFile(board, "10000000a1b2c3d4\0");

  expect(random).toMatch(/^[0-9a-f]{16}$/);
  expect(hashed).toMatch(/^[0-9a-f]{16}$/);
  expect(hashed).not.toContain("01234567");
  expect(await serial({ board, machine })).toBe("10000000a1b2c3d4");
  const kept = await newFolder();
  const first = await loadOrMakeSerial(kept, { board: join(folder, "none"), machine });
  expect(await loadOrMakeSerial(kept, { board, machine })).toBe(first);
});

test("the key is made once, and a file that holds none is an error with its remedy", async () => {
  const folder = await newFolder();
  const key = await loadOrMakeDeviceKey(folder);

  expect((await loadOrMakeDeviceKey(folder)).publicKey).toBe(key.publicKey);
  await writeFile(join(folder, "device-key.pem"), "nothing");
  await expect(loadOrMakeDeviceKey(folder)).rejects.toThrow(/holds no Ed25519 key: delete it/);
});
