/** What operators decide about boxes into addresses and logins: on disk first, then in memory, then on the wire. */

import type { Audit } from "../audit/audit.js";
import type { DeviceBoard } from "../live/device-board.js";
import { ConflictError, NotFoundError } from "../problems.js";
import type { FleetStore } from "../store/fleet-store.js";
import type { CredentialBook, MadeCredential } from "./credential-book.js";
import { makeCredential } from "./credential-book.js";
import type { Placement } from "./identity-tables.js";

/** A box may ask by the id of its claim for this long what became of it; then it registers again. Microseconds (an hour). */
const KEEP_CLAIM_US = 3_600_000_000;
const DAY_US = 86_400_000_000;

export interface IdentityDeskOptions {
  fleet: FleetStore;
  book: CredentialBook;
  board: DeviceBoard;
  audit: Audit;
  /** Ends every connection of the device now; `silently`: its last will is not said. */
  kick(device: string, options?: { silently?: boolean }): void;
  now(): number;
  /** Age from which a box is told to fetch a new login, days; 0 = never. */
  rotateAfterDays: number;
  /** The login before holds for this long while the new one was not used, days. */
  graceDays: number;
}

/** Told once. */
export interface Login {
  /** The device: "<venue>.<device>". */
  id: string;
  username: string;
  password: string;
}

export class IdentityDesk {
  readonly #options: IdentityDeskOptions;

  constructor(options: IdentityDeskOptions) {
    this.#options = options;
  }

  /** The box that shows `code` gets its address. Throws NotFoundError, ConflictError. */
  async claim(code: string, at: Placement, { replace }: { replace: boolean }): Promise<void> {
    const { fleet, audit, now, board } = this.#options;
    const box = await fleet.identity.findByCode(code, now());
    if (!box) throw noSuchCode();
    const detail = { serial: box.serial, ...(replace ? { replace } : {}) };
    await audit({ by: at.by, action: "device.claim", subject: at.device, detail });
    const { outcome } = await fleet.identity.claim(box.id, at, { nowUs: now(), replace, keepForUs: KEEP_CLAIM_US });
    if (outcome === "gone") throw noSuchCode();
    if (outcome === "taken") throw taken(at.device);
    if (replace) this.#cut(at.device);
    board.describe(at.device, wordsOf(at), now());
  }

  /** Boxes that get their logins by hand: all of them or none. Throws ConflictError. */
  async provision(placements: Placement[], { replace }: { replace: boolean }): Promise<Login[]> {
    const { fleet, audit, now, book, board } = this.#options;
    for (const { by, device: subject } of placements) {
      await audit({ by, action: "device.provision", subject, detail: replace ? { replace } : {} });
    }
    const nowUs = now();
    const conflict = await fleet.identity.provision(placements, { nowUs, replace });
    if (conflict !== undefined) throw taken(conflict);
    const made = placements.map(({ device }) => makeCredential(device));
    await fleet.credentials.replace(made.map(withoutPassword), nowUs);
    for (const [index, credential] of made.entries()) {
      if (replace) this.#cut(credential.device);
      book.replaceBy(withoutPassword(credential));
      board.describe(credential.device, wordsOf(placements[index]), nowUs);
    }
    return made.map(loginOf);
  }

  /** A further login for the device; the present one holds until this one was used, at most for the grace period. */
  async issue(device: string): Promise<Login> {
    const { fleet, now, book, graceDays } = this.#options;
    const made = makeCredential(device);
    const live = await fleet.credentials.issue(withoutPassword(made), { nowUs: now(), graceUs: graceDays * DAY_US });
    book.set(device, live);
    return loginOf(made);
  }

  /** The same, on somebody's wish. Throws NotFoundError for a device without a box. */
  async rotate(device: string, by: string): Promise<Login> {
    await this.requireBox(device);
    await this.#options.audit({ by, action: "device.rotate-credentials", subject: device });
    return this.issue(device);
  }

  /** Its logins and its key count for nothing from now on, and it is cut off at once: it must be claimed anew. */
  async revoke(device: string, by: string): Promise<void> {
    const { fleet, audit, now } = this.#options;
    await this.requireBox(device);
    await audit({ by, action: "device.revoke-credentials", subject: device });
    await fleet.credentials.revoke(device, now());
    await fleet.identity.release(device);
    this.#cut(device);
  }

  /** It leaves the fleet: no login, not in the list. What it reported stays until retention takes it. */
  async decommission(device: string, by: string): Promise<void> {
    const { fleet, audit, now, board } = this.#options;
    const known = board.detail(device) ?? (await fleet.identity.box(device));
    if (!known) throw noSuchDevice(device);
    await audit({ by, action: "device.decommission", subject: device });
    await fleet.credentials.revoke(device, now());
    await fleet.identity.release(device);
    this.#cut(device, { silently: true }); // a last word would put it on the list again
    await fleet.devices.remove(device);
    board.remove(device);
  }

  /** Throws NotFoundError. */
  async requireBox(device: string): Promise<void> {
    if (!(await this.#options.fleet.identity.box(device))) throw noSuchDevice(device);
  }

  /** Has it come to the age at which boxes fetch a new login? `createdUs`: of its present one. */
  isDue(createdUs: number): boolean {
    const { now, rotateAfterDays } = this.#options;
    return rotateAfterDays > 0 && now() - createdUs >= rotateAfterDays * DAY_US;
  }

  #cut(device: string, options?: { silently?: boolean }): void {
    this.#options.book.forget(device);
    this.#options.kick(device, options);
  }
}

/** What was left out stays as it was. */
function wordsOf(at: Placement | undefined): { name?: string; tags?: string[] } {
  const { name, tags = [] } = at ?? {};
  return { ...(name ? { name } : {}), ...(tags.length > 0 ? { tags } : {}) };
}

const withoutPassword = ({ id, device, hash }: MadeCredential) => ({ id, device, hash });
const loginOf = ({ device, password }: MadeCredential): Login => ({ id: device, username: device, password });

function noSuchCode(): NotFoundError {
  return new NotFoundError("No box shows this code now", {
    field: "code",
    remedy: "Read it again from the box: a code holds for 15 minutes and works once",
  });
}

function noSuchDevice(device: string): NotFoundError {
  return new NotFoundError(`No box is claimed or provisioned as "${device}"`, {
    field: "id",
    remedy: "GET /api/v1/devices lists the fleet",
  });
}

function taken(device: string): ConflictError {
  return new ConflictError(`"${device}" has a box, or was promised to one`, {
    field: "device",
    remedy: 'Choose another address, or send "replace": true to put this box in its place',
  });
}
