/** Contract: how this box is known to its cloud now. */
import type { Duplex } from "node:stream";
import type { CloudFetch } from "./cloud-fetch.js";

export interface CloudLogin {
  username: string | undefined;
  password: string | undefined;
}

export interface CloudConnection {
  mqttUrl: string;
  /** Opens the way to the broker where it takes more than the address: TLS by the cloud's own authority. */
  openStream: (() => Duplex) | undefined;
  /** Asked at every connect: logins change. */
  login(): CloudLogin;
  /** The broker refused the login. */
  refused(): void;
  /** Undefined: there is no way to the cloud but MQTT. */
  fetch: CloudFetch | undefined;
  /** Fetches a new login now; resolves with what was done, in words. Throws UnavailableError, InputError. */
  rotate(): Promise<string>;
}
