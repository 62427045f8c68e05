/** A box without a login into one that has one: shows codes, and asks the cloud until somebody has typed one in. */
import { setTimeout as delay } from "node:timers/promises";
import {
  Backoff,
  ChallengeAnswer,
  ClaimAnswer,
  type ClaimRequest,
  type Clock,
  parseJsonAs,
  pollText,
  registrationText,
  TactusError,
  UnavailableError,
} from "@tactus/shared";
import type { Logger } from "pino";
import { hashOfCode, newClaimCode } from "./claim-code.js";
import type { CloudFetch, CloudResponse } from "./cloud-fetch.js";
import type { DeviceKey } from "./device-key.js";

export interface ShownCode {
  code: string;
  /** Seconds from now. */
  validForS: number;
}

export interface ClaimClientOptions {
  fetch: CloudFetch;
  key: DeviceKey;
  serial: string;
  clock: Clock;
  log: Logger;
  /** To be shown to whoever stands before the box; undefined = none holds now. */
  onCode: (shown: ShownCode | undefined) => void;
}

type Pending = Extract<ClaimAnswer, { state: "pending" }>;
export type Claimed = Extract<ClaimAnswer, { state: "claimed" }>;

const ROOM_FOR_ROOT_BYTES = 512 * 1024;

export class ClaimClient {
  readonly #options: ClaimClientOptions;
  readonly #backoff = new Backoff();

  constructor(options: ClaimClientOptions) {
    this.#options = options;
  }

  /** Resolves when the box was claimed; rejects only when `signal` says so. Trouble on the way is tried again. */
  async untilClaimed(signal: AbortSignal): Promise<Claimed> {
    const { clock, log, onCode } = this.#options;
    for (;;) {
      try {
        const claimed = await this.#oneCode(signal);
        if (claimed) return claimed;
      } catch (error) {
        if (signal.aborted || !(error instanceof TactusError)) throw error;
        onCode(undefined);
        const wait = this.#backoff.closed(clock.monotonic());
        log.warn({ reason: error.message, retryInS: Math.round(wait) }, "Not registered at the cloud");
        await delay(wait * 1000, undefined, { signal });
      }
    }
  }

  /** One code from its making to its end. Undefined: its time is over. */
  async #oneCode(signal: AbortSignal): Promise<Claimed | undefined> {
    const { clock, onCode } = this.#options;
    const code = newClaimCode();
    const first = await this.#register(code, signal);
    if (first.state === "claimed") return first;
    let answer: Pending = first;
    this.#backoff.opened(clock.monotonic());
    onCode({ code, validForS: answer.validForS });
    const endsAt = clock.monotonic() + answer.validForS;
    for (;;) {
      await delay(answer.pollAfterS * 1000, undefined, { signal });
      const next: ClaimAnswer | "again" | undefined = await this.#poll(answer, signal).catch((error: unknown) => {
        if (error instanceof UnavailableError && clock.monotonic() < endsAt) return "again" as const;
        throw error;
      });
      if (next === "again")
        answer = { ...answer, challenge: await this.#challenge(signal).catch(() => answer.challenge) };
      else if (next?.state !== "pending") return next;
      else answer = next;
    }
  }

  async #register(code: string, signal: AbortSignal): Promise<ClaimAnswer> {
    const { key, serial, fetch } = this.#options;
    const { publicKey } = key;
    const challenge = await this.#challenge(signal);
    const signed = { serial, publicKey, codeHash: hashOfCode(code, publicKey), challenge };
    const request: ClaimRequest = { v: 1, ...signed, signature: key.sign(registrationText(signed)) };
    const response = await fetch("/api/v1/claims", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
      maxBytes: ROOM_FOR_ROOT_BYTES,
      signal,
    });
    return answerIn(response);
  }

  /** Undefined: the claim is over. */
  async #poll({ id, challenge }: Pending, signal: AbortSignal): Promise<ClaimAnswer | undefined> {
    const { key, fetch } = this.#options;
    const query = new URLSearchParams({ challenge, signature: key.sign(pollText({ id, challenge })) });
    const path = `/api/v1/claims/${encodeURIComponent(id)}?${query}`;
    const response = await fetch(path, { maxBytes: ROOM_FOR_ROOT_BYTES, signal });
    return response.status === 404 ? undefined : answerIn(response);
  }

  async #challenge(signal: AbortSignal): Promise<string> {
    const response = await this.#options.fetch("/api/v1/claims/challenge", { signal });
    requireGood(response);
    return parseJsonAs(ChallengeAnswer, response.body, "Answer of the cloud").challenge;
  }
}

function answerIn(response: CloudResponse): ClaimAnswer {
  requireGood(response);
  return parseJsonAs(ClaimAnswer, response.body, "Answer of the cloud");
}

/** Throws UnavailableError with the cloud's own words. */
export function requireGood({ status, body }: CloudResponse): void {
  if (status >= 200 && status < 300) return;
  throw new UnavailableError(`The cloud answers ${status}: ${wordsIn(body)}`);
}

function wordsIn(body: Buffer): string {
  try {
    const { detail } = JSON.parse(body.toString("utf8")) as { detail?: unknown };
    if (typeof detail === "string") return detail.slice(0, 300);
  } catch {
    // not ours
  }
  return "no reason given";
}
