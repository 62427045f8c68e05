/** Every login that may come in, in memory: thousands of boxes that reconnect at once cost the database nothing. */
import { randomBytes, randomUUID } from "node:crypto";
import type { DeviceAddress } from "@tactus/shared";
import type { DeviceAuth } from "../broker/device-auth.js";
import { parseDeviceId } from "../device-id.js";
import type { Log } from "../log.js";
import { hashSecret, sameSecret } from "../secrets.js";
import type { FleetStore } from "../store/fleet-store.js";
import type { LiveCredential, NewCredential } from "./credential-tables.js";

const SAVE_INTERVAL_MS = 10_000;

export interface CredentialBookOptions {
  fleet: FleetStore;
  /** Epoch microseconds. */
  now(): number;
  log: Log;
}

export interface MadeCredential extends NewCredential {
  /** Told once, kept nowhere. */
  password: string;
}

export function makeCredential(device: string): MadeCredential {
  const password = randomBytes(32).toString("base64url");
  return { id: randomUUID(), device, password, hash: hashSecret(password) };
}

export class CredentialBook implements DeviceAuth {
  readonly #options: CredentialBookOptions;
  readonly #live = new Map<string, LiveCredential[]>();
  readonly #used = new Map<string, number>();
  #saving: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: CredentialBookOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { fleet, now } = this.#options;
    for (const credential of await fleet.credentials.live(now())) this.#ofDevice(credential.device).push(credential);
    this.#timer = setInterval(() => void this.#save(), SAVE_INTERVAL_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#save();
  }

  /** The user name is the device id. The first use of a new login ends the one before, on disk, before this answers. */
  async check(username: string, password: string): Promise<DeviceAddress | undefined> {
    const found = this.find(username, password);
    if (!found) return undefined;
    const nowUs = this.#options.now();
    const others = this.#live.get(username) ?? [];
    const isNewest = others.at(-1)?.id === found.id;
    if (isNewest && others.length > 1) {
      await this.#options.fleet.credentials.supersede({ id: found.id, device: username, nowUs });
      // Revoked meanwhile: nothing may bring it back.
      if (!this.#live.get(username)?.some(({ id }) => id === found.id)) return undefined;
      this.#live.set(username, [{ ...found, expiresUs: 0, usedUs: nowUs }]);
    } else {
      this.#used.set(found.id, nowUs);
      // On disk before it counts: a login that was never used may be taken back when the next one is made.
      if (found.usedUs === 0) await this.#save();
      found.usedUs = nowUs;
      if (!this.#live.get(username)?.some(({ id }) => id === found.id)) return undefined;
    }
    return parseDeviceId(username);
  }

  /** The login that this password is, without counting as its use. */
  find(username: string, password: string): LiveCredential | undefined {
    const nowUs = this.#options.now();
    const hash = hashSecret(password);
    return this.#live
      .get(username)
      ?.find((one) => sameSecret(hash, one.hash) && (one.expiresUs === 0 || one.expiresUs > nowUs));
  }

  /** What may come in for this device from now on. */
  set(device: string, credentials: LiveCredential[]): void {
    if (credentials.length > 0) this.#live.set(device, [...credentials]);
    else this.#live.delete(device);
  }

  /** After it was put on disk that this is the only one. */
  replaceBy({ id, device, hash }: NewCredential): void {
    this.#live.set(device, [{ id, device, hash, createdUs: this.#options.now(), expiresUs: 0, usedUs: 0 }]);
  }

  forget(device: string): void {
    this.#live.delete(device);
  }

  #ofDevice(device: string): LiveCredential[] {
    const known = this.#live.get(device) ?? [];
    this.#live.set(device, known);
    return known;
  }

  /** One transaction at a time; whoever comes meanwhile shares the next one. */
  #save(): Promise<void> {
    this.#next ??= (this.#saving ?? Promise.resolve()).then(() => {
      this.#saving = this.#next;
      this.#next = undefined;
      return this.#saveUses();
    });
    return this.#next;
  }

  async #saveUses(): Promise<void> {
    if (this.#used.size === 0) return;
    const uses = [...this.#used].map(([id, usedUs]) => ({ id, usedUs }));
    this.#used.clear();
    try {
      await this.#options.fleet.credentials.touch(uses);
    } catch (error) {
      for (const { id, usedUs } of uses) if (!this.#used.has(id)) this.#used.set(id, usedUs);
      this.#options.log.error({ reason: (error as Error).message }, "The last uses of logins were not stored");
    }
  }
}
