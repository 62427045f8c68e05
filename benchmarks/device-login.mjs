/** A device id into the password of a login that a cloud on this machine has made for it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** `id`: "<venue>.<device>"; whatever login it had before is over. */
export async function passwordFor(id, url, dataDir) {
  const token = readFileSync(join(dataDir, "admin-token"), "utf8").trim();
  const answer = await fetch(`${url}/api/v1/devices`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ id, replace: true }),
  });
  if (!answer.ok) throw new Error(`No login for ${id}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()).password;
}
