/** A login into the next one. Power may go between any two steps: one of the two on disk and in the cloud always holds. */
import { type DeviceCredentials, parseJsonAs, RotateAnswer } from "@tactus/shared";
import { requireGood } from "./claim-client.js";
import type { CloudFetch } from "./cloud-fetch.js";

export interface RotationParts {
  present: DeviceCredentials;
  /** HTTP with the login given. */
  fetchAs(login: DeviceCredentials): CloudFetch;
  /** Resolves when they are on the disk. */
  store(next: DeviceCredentials): Promise<void>;
}

/**
 * The cloud makes a new login and keeps the present one good; the box stores it, then shows that it has it. Only then the
 * cloud ends the one before. Throws UnavailableError; what was not stored is made anew the next time.
 */
export async function rotateCredentials({ present, fetchAs, store }: RotationParts): Promise<DeviceCredentials> {
  const { venue, device } = present;
  const answer = await fetchAs(present)(`/api/v1/devices/${venue}.${device}/credentials/rotate`, { method: "POST" });
  requireGood(answer);
  const { username, password } = parseJsonAs(RotateAnswer, answer.body, "Answer of the cloud");
  const next = { ...present, username, password };
  await store(next);
  await fetchAs(next)("/api/v1/identity").catch(() => {}); // any later use says the same
  return next;
}
