/**
 * How many logins a second the cloud checks when a whole fleet comes back at once, first and later uses.
 *
 *     node benchmarks/login-storm.mjs [devices]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CredentialBook, makeCredential } from "../cloud/dist/identity/credential-book.js";
import { openFleetStore } from "../cloud/dist/store/fleet-store.js";

const count = Number(process.argv[2] ?? 10_000);
const folder = mkdtempSync(join(tmpdir(), "tactus-logins-"));
const fleet = await openFleetStore({ file: join(folder, "fleet.db"), onLost: console.error });
const log = { error: console.error };
const made = Array.from({ length: count }, (_, index) => makeCredential(`hall.box-${index}`));
await fleet.credentials.replace(
  made.map(({ id, device, hash }) => ({ id, device, hash })),
  Date.now() * 1000,
);
const book = new CredentialBook({ fleet, now: () => Date.now() * 1000, log });
await book.start();
for (const round of ["first use, put on disk", "later uses, in memory", "wrong passwords"]) {
  const wrong = round.startsWith("wrong") ? "x" : "";
  const startedAt = performance.now();
  const answers = await Promise.all(made.map(({ device, password }) => book.check(device, password + wrong)));
  const seconds = (performance.now() - startedAt) / 1000;
  const good = answers.filter(Boolean).length;
  console.log(`${round}: ${count} in ${seconds.toFixed(2)} s = ${Math.round(count / seconds)}/s, ${good} let in`);
}
await book.stop();
await fleet.close();
rmSync(folder, { recursive: true });
