/** Boxes that show themselves into boxes that wait, or into logins for those that have an address. */
import { createPublicKey, randomUUID, verify } from "node:crypto";
import {
  type ClaimAnswer,
  type ClaimRequest,
  type DeviceCredentials,
  pollText,
  registrationText,
} from "@tactus/shared";
import type { Audit } from "../audit/audit.js";
import { parseDeviceId } from "../device-id.js";
import type { DeviceBoard } from "../live/device-board.js";
import { ForbiddenError, NotFoundError, TooManyError } from "../problems.js";
import type { FleetStore } from "../store/fleet-store.js";
import type { Challenges } from "./challenges.js";
import type { IdentityDesk } from "./identity-desk.js";

const SECOND_US = 1_000_000;
const POLL_AFTER_S = 3;
/** What DER puts before the 32 bytes of an Ed25519 key (RFC 8410, section 4). */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** What a claimed box is told besides its login, as seen from where it asked. */
export type Surroundings = Pick<DeviceCredentials, "mqttUrl" | "httpUrl" | "ca"> & { tufRoot?: string };

export interface ClaimDeskOptions {
  fleet: FleetStore;
  desk: IdentityDesk;
  challenges: Challenges;
  board: DeviceBoard;
  audit: Audit;
  now(): number;
  /** How long a code holds, seconds. */
  claimCodeS: number;
  /** Boxes that may wait at once. */
  maxPendingClaims: number;
}

export class ClaimDesk {
  readonly #options: ClaimDeskOptions;

  constructor(options: ClaimDeskOptions) {
    this.#options = options;
  }

  /** Throws ForbiddenError for a signature that is not the key's or not of now, TooManyError when too many wait. */
  async register(request: ClaimRequest, around: Surroundings): Promise<ClaimAnswer> {
    const { fleet, now, claimCodeS, maxPendingClaims, audit, board } = this.#options;
    const { serial, publicKey, codeHash, challenge, signature } = request;
    this.#requireSignature({ publicKey, challenge, signature, text: registrationText(request) });
    const nowUs = now();
    const waiting = { id: randomUUID(), publicKey, serial, codeHash, createdUs: nowUs };
    const expiresUs = nowUs + claimCodeS * SECOND_US;
    const found = await fleet.identity.register({ ...waiting, expiresUs }, { maxWaiting: maxPendingClaims });
    if (found.outcome === "full") {
      throw new TooManyError(`${maxPendingClaims} boxes wait to be claimed already`, { remedy: "Try again later" });
    }
    if (found.outcome === "waiting") return this.#pending(waiting.id, claimCodeS);
    const { device, promise } = found;
    if (promise) {
      const detail = { serial, preauthorizedBy: promise.by };
      await audit({ by: `box ${serial}`, action: "device.claim-preauthorized", subject: device, detail });
      board.describe(device, { name: promise.name, tags: promise.tags }, nowUs);
    }
    return this.#claimed(device, around);
  }

  /** Throws NotFoundError when the code's time is over, ForbiddenError as above. */
  async poll(asked: { id: string; challenge: string; signature: string }, around: Surroundings): Promise<ClaimAnswer> {
    const { fleet, now } = this.#options;
    const box = await fleet.identity.waiting(asked.id, now());
    if (!box) throw new NotFoundError("This claim is over", { remedy: "Register again, with a new code" });
    this.#requireSignature({ ...asked, publicKey: box.publicKey, text: pollText(asked) });
    if (box.device !== "") return this.#claimed(box.device, around);
    return this.#pending(box.id, (box.expiresUs - now()) / SECOND_US);
  }

  #pending(id: string, validForS: number): ClaimAnswer {
    const challenge = this.#options.challenges.make(this.#options.now());
    return { v: 1, state: "pending", id, validForS, pollAfterS: POLL_AFTER_S, challenge };
  }

  /** A new login each time it asks: an answer that got lost costs nothing, and nothing secret is kept here. */
  async #claimed(device: string, { tufRoot, ...around }: Surroundings): Promise<ClaimAnswer> {
    const { desk, audit, fleet } = this.#options;
    await audit({ by: `device ${device}`, action: "device.fetch-credentials", subject: device });
    const { username, password } = await desk.issue(device);
    const name = (await fleet.identity.box(device))?.name ?? "";
    const called = name === "" ? {} : { name };
    const credentials = { v: 1 as const, ...parseDeviceId(device), ...called, username, password, ...around };
    return { v: 1, state: "claimed", credentials, ...(tufRoot === undefined ? {} : { tufRoot }) };
  }

  #requireSignature(given: { publicKey: string; challenge: string; signature: string; text: string }): void {
    const { publicKey, challenge, signature, text } = given;
    if (!this.#options.challenges.spend(challenge, this.#options.now())) {
      throw new ForbiddenError("The challenge was used before, is too old or is not ours", {
        field: "challenge",
        remedy: "GET /api/v1/claims/challenge gives a new one",
      });
    }
    if (!isSigned({ publicKey, signature, text })) {
      throw new ForbiddenError("The signature is not by this key over this request", { field: "signature" });
    }
  }
}

function isSigned({ publicKey, signature, text }: { publicKey: string; signature: string; text: string }): boolean {
  const der = Buffer.concat([SPKI_PREFIX, Buffer.from(publicKey, "base64url")]);
  try {
    const key = createPublicKey({ key: der, format: "der", type: "spki" });
    return verify(null, Buffer.from(text), key, Buffer.from(signature, "base64url"));
  } catch {
    return false; // no point of the curve
  }
}
