/** A server onto an address, with the failures a person can put right in words. */
import { createServer, type Server } from "node:net";
import { UnavailableError } from "@tactus/shared";

export interface Address {
  host: string;
  port: number;
}

/** Resolves with the port taken (port 0 = any). Throws UnavailableError when the address cannot be had. */
export function listenOn(server: Server, address: Address, what: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException) => reject(listenError(cause, address, what));
    server.once("error", onError);
    server.listen(address.port, address.host, () => {
      server.off("error", onError);
      const bound = server.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : address.port);
    });
  });
}

/** The first port from `address.port` upwards that nobody holds; 0 stays 0. */
export async function nextFreePort(address: Address, tries = 100): Promise<number> {
  if (address.port === 0) return 0;
  for (let port = address.port; port < Math.min(address.port + tries, 65536); port++) {
    if (await isFree({ host: address.host, port })) return port;
  }
  throw new UnavailableError(`No free port from ${address.port} to ${address.port + tries - 1} on ${address.host}`);
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve();
    server.close(() => resolve());
  });
}

async function isFree(address: Address): Promise<boolean> {
  const probe = createServer();
  try {
    await listenOn(probe, address, "Probe");
    await closeServer(probe);
    return true;
  } catch {
    return false;
  }
}

function listenError(cause: NodeJS.ErrnoException, { host, port }: Address, what: string): UnavailableError {
  const reason =
    cause.code === "EADDRINUSE"
      ? "is taken: stop what uses it, or choose another (0 = any free port)"
      : cause.code === "EACCES"
        ? "needs more rights: choose one above 1023"
        : `cannot be used: ${cause.message}`;
  return new UnavailableError(`${what} port ${port} on ${host} ${reason}`, { cause });
}
