/** How the files of the signed repository are asked for: the contract between the model source and the way to the cloud. */

export interface ModelResponse {
  status: number;
  headers: Headers;
  /** As it comes in. Ending the iteration early ends the request. */
  body: AsyncIterable<Uint8Array>;
}

/** `path` begins with "/api/v1/tuf/". Rejects when the other side cannot be reached or the signal aborts. */
export type ModelTransport = (
  path: string,
  init: { headers: Record<string, string>; signal: AbortSignal },
) => Promise<ModelResponse>;

/** Plain HTTP(S) to the cloud at `url`, without a login: the repository is open to read and believed by its signatures. */
export function httpTransport(url: string): ModelTransport {
  const base = url.replace(/\/+$/, "");
  return async (path, init) => {
    // A redirect would lead to who knows whom, and nothing of ours redirects.
    const { status, headers, body } = await fetch(`${base}${path}`, { ...init, redirect: "error" });
    return { status, headers, body: body ? (body as unknown as AsyncIterable<Uint8Array>) : none() };
  };
}

async function* none(): AsyncGenerator<Uint8Array> {}
