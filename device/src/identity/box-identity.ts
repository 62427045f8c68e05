/** Who this box is to its cloud: a login from its own file, or one it was claimed for, kept fresh; else claim codes. */
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import {
  type Clock,
  type DeviceCredentials,
  IdentityAnswer,
  InputError,
  parseJsonAs,
  TactusError,
} from "@tactus/shared";
import type { Logger } from "pino";
import type { DeviceConfig } from "../config.js";
import { findAuthority } from "./authority.js";
import { ClaimClient, type ShownCode } from "./claim-client.js";
import type { CloudConnection } from "./cloud-connection.js";
import { type CloudFetch, openCloudFetch } from "./cloud-fetch.js";
import { keepTufRoot, readCredentials, writeCredentials } from "./credentials-file.js";
import { loadOrMakeDeviceKey } from "./device-key.js";
import { rotateCredentials } from "./rotation.js";
import { loadOrMakeSerial } from "./serial.js";
import { connectTrusted, type Trust } from "./trusted-socket.js";

type CloudSettings = NonNullable<DeviceConfig["cloud"]>;

export interface BoxIdentityOptions {
  cloud: CloudSettings;
  stateDir: string;
  /** It is certainly not earlier than this: epoch milliseconds. */
  floorMs: number;
  clock: Clock;
  log: Logger;
  /** A code to be shown; undefined = none holds. */
  onCode: (shown: ShownCode | undefined) => void;
  /** New credentials are on the disk: who the box is may have changed. */
  onClaimed: () => void;
}

/** For people who look after the box. */
export interface ClaimState {
  state: "own-login" | "unclaimed" | "claimed" | "refused";
  serial: string;
  code: string;
  /** On the monotonic clock, seconds. */
  codeEndsAt: number;
}

const RETRY_S = 30;
/** The first look at the login's age after a start, at the latest: seconds. */
const FIRST_CHECK_S = 600;

export class BoxIdentity {
  readonly #options: BoxIdentityOptions;
  readonly #stopping = new AbortController();
  #ca: string | undefined;
  #credentials: DeviceCredentials | undefined;
  #claiming: Promise<void> | undefined;
  #rotating: Promise<string> | undefined;
  #state: ClaimState = { state: "unclaimed", serial: "", code: "", codeEndsAt: 0 };

  constructor(options: BoxIdentityOptions) {
    this.#options = options;
  }

  get state(): ClaimState {
    return this.#state;
  }

  /** How to reach the cloud; undefined while the box waits to be claimed. Throws InputError. */
  async start(): Promise<CloudConnection | undefined> {
    const { cloud, stateDir } = this.#options;
    if (!isClaimable(cloud)) {
      this.#state = { ...this.#state, state: "own-login" };
      this.#ca = await this.#findAuthority();
      return this.#connection(cloud.url);
    }
    this.#credentials = await readCredentials(stateDir);
    this.#state = { ...this.#state, serial: await loadOrMakeSerial(stateDir) };
    if (!this.#credentials) {
      this.#claim();
      return undefined;
    }
    this.#state = { ...this.#state, state: "claimed" };
    this.#ca = await this.#findAuthority();
    void this.#keepFresh();
    return this.#connection(this.#credentials.mqttUrl);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#claiming;
  }

  #connection(mqttUrl: string): CloudConnection {
    const { cloud } = this.#options;
    const login = () => this.#credentials ?? { username: cloud.username, password: cloud.password };
    return {
      mqttUrl,
      openStream: this.#streamTo(new URL(mqttUrl)),
      login: () => ({ username: login().username, password: login().password }),
      refused: () => void this.#checkLogin(),
      fetch: this.#httpUrl() === undefined ? undefined : this.#fetchAs(login),
      rotate: () => this.#rotate(),
    };
  }

  #streamTo({ protocol, hostname: host, port }: URL): (() => Duplex) | undefined {
    if (protocol !== "mqtts:" || this.#ca === undefined) return undefined;
    return () => connectTrusted({ host, port: Number(port) || 8883, ...this.#trust() });
  }

  #httpUrl(): string | undefined {
    const { cloud } = this.#options;
    return isClaimable(cloud) ? cloud.url : cloud.httpUrl;
  }

  #fetchAs(login: () => { username?: string | undefined; password?: string | undefined }): CloudFetch {
    const httpUrl = this.#httpUrl() ?? "";
    return openCloudFetch({ access: () => ({ httpUrl, ...loginOf(login()), ...this.#trust() }) });
  }

  #trust(): Trust {
    return { ca: this.#ca, floorMs: this.#options.floorMs };
  }

  #findAuthority(): Promise<string | undefined> {
    const { cloud, stateDir } = this.#options;
    const { ca: caFile, caFingerprint } = cloud;
    return findAuthority({ stateDir, httpUrl: this.#httpUrl(), caFile, caFingerprint, claimed: this.#credentials?.ca });
  }

  /** In the background until it is done; once at a time. */
  #claim(): void {
    this.#claiming ??= this.#untilClaimed()
      .catch((error: unknown) => {
        if (this.#stopping.signal.aborted) return;
        this.#options.log.error({ err: error }, "The box cannot be claimed");
      })
      .finally(() => {
        this.#claiming = undefined;
      });
  }

  async #untilClaimed(): Promise<void> {
    const { stateDir, log, clock, onClaimed, cloud } = this.#options;
    const { signal } = this.#stopping;
    const key = await loadOrMakeDeviceKey(stateDir);
    this.#ca = await this.#untilAuthority(signal);
    const client = new ClaimClient({
      fetch: this.#fetchAs(() => ({})),
      key,
      serial: this.#state.serial,
      clock,
      log,
      onCode: (shown) => this.#show(shown),
    });
    const { credentials, tufRoot } = await client.untilClaimed(signal);
    this.#show(undefined);
    await keepTufRoot(stateDir, tufRoot);
    const ca = this.#ca ?? credentials.ca;
    const kept = { ...credentials, httpUrl: cloud.url, ...(ca === undefined ? {} : { ca }) };
    await writeCredentials(stateDir, kept);
    log.info({ venue: kept.venue, device: kept.device }, "Claimed");
    onClaimed();
  }

  async #untilAuthority(signal: AbortSignal): Promise<string | undefined> {
    for (;;) {
      try {
        return await this.#findAuthority();
      } catch (error) {
        if (!(error instanceof TactusError) || error instanceof InputError) throw error;
        this.#options.log.warn({ reason: error.message }, "The cloud cannot be trusted yet");
        await delay(RETRY_S * 1000 * (0.5 + Math.random()), undefined, { signal });
      }
    }
  }

  #show(shown: ShownCode | undefined): void {
    const { clock, onCode } = this.#options;
    const codeEndsAt = shown ? clock.monotonic() + shown.validForS : 0;
    this.#state = { ...this.#state, code: shown?.code ?? "", codeEndsAt };
    onCode(shown);
  }

  /** Asks how old the login is, now and then: it is the cloud's clock that counts. */
  async #keepFresh(): Promise<void> {
    const { signal } = this.#stopping;
    const everyS = this.#options.cloud.checkLoginS;
    let waitS = Math.random() * Math.min(everyS, FIRST_CHECK_S);
    for (;;) {
      try {
        await delay(waitS * 1000, undefined, { signal });
      } catch {
        return;
      }
      await this.#checkLogin();
      waitS = everyS * (0.75 + Math.random() / 2);
    }
  }

  /** A login that the cloud no longer knows is of no use: the box shows a code again, and keeps the login until it was claimed. */
  async #checkLogin(): Promise<void> {
    if (!this.#credentials || this.#claiming) return;
    const { log } = this.#options;
    try {
      const { status, body } = await this.#fetchAs(() => this.#credentials ?? {})("/api/v1/identity");
      if (status === 401) {
        this.#state = { ...this.#state, state: "refused" };
        log.warn("The cloud refuses this box's login: it must be claimed again");
        this.#claim();
      }
      if (status !== 200) return;
      const { rotate } = parseJsonAs(IdentityAnswer, body, "Answer of the cloud");
      if (rotate) log.info({ done: await this.#rotate() }, "Login renewed");
    } catch (error) {
      if (!(error instanceof TactusError)) throw error;
      log.warn({ reason: error.message }, "The login could not be checked");
    }
  }

  #rotate(): Promise<string> {
    this.#rotating ??= this.#rotateNow().finally(() => {
      this.#rotating = undefined;
    });
    return this.#rotating;
  }

  async #rotateNow(): Promise<string> {
    const present = this.#credentials;
    if (!present) throw new InputError("This box's login is in its own configuration: change it there");
    this.#credentials = await rotateCredentials({
      present,
      fetchAs: (login) => this.#fetchAs(() => login),
      store: (next) => writeCredentials(this.#options.stateDir, next),
    });
    return "New credentials are stored; the old ones are over";
  }
}

/** Without a login of its own and with the cloud's web address, a box is claimed. */
export function isClaimable({ url, username }: Pick<CloudSettings, "url" | "username">): boolean {
  return /^https?:/.test(url) && username === undefined;
}

/** The address that a claimed box has been given; as configured for any other. */
export async function placeOf(config: DeviceConfig): Promise<Pick<DeviceConfig, "venue" | "device" | "name">> {
  const { venue, device, name, cloud, stateDir } = config;
  const claimed = cloud && isClaimable(cloud) ? await readCredentials(stateDir) : undefined;
  if (!claimed) return { venue, device, ...(name === undefined ? {} : { name }) };
  const called = claimed.name ?? name;
  return { venue: claimed.venue, device: claimed.device, ...(called === undefined ? {} : { name: called }) };
}

function loginOf({ username, password }: { username?: string | undefined; password?: string | undefined }) {
  return username === undefined ? {} : { username, password };
}
