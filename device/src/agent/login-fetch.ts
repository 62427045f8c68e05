/** Requests of this box to the cloud's HTTP side, with the login that its own file names. */
import type { CloudFetch } from "./support-bundle.js";

export interface LoginFetchOptions {
  /** "https://cloud.example.org". */
  httpUrl: string;
  username: string;
  password: string;
}

export function loginFetch({ httpUrl, username, password }: LoginFetchOptions): CloudFetch {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  return async (path, init = {}) => {
    const { headers = {}, body, ...rest } = init;
    const response = await fetch(new URL(path, httpUrl), {
      ...rest,
      headers: { ...headers, authorization },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : new Uint8Array(body) }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, body: bytes };
  };
}
