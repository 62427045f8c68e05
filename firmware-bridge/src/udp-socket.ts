/** UDP/IPv4 sockets as lighting protocols want them: bound, and with no name lookup for each packet. */
import { createSocket, type Socket } from "node:dgram";
import { UnavailableError } from "@tactus/shared";

const GROUPS_PER_SOCKET = 20;

export interface UdpSocketOptions {
  /** 0 = any free port. */
  port?: number;
  /** Several programs may listen; of unicast packets Linux gives each to the last that bound. Default false. */
  shared?: boolean;
  /** May send to broadcast addresses. Default false. */
  broadcast?: boolean;
  /** IPv4 address of the interface that multicast leaves from; the system's choice by default. */
  interfaceAddress?: string | undefined;
  /** Routers that multicast may pass, 1..255. Default 1. */
  multicastTtl?: number;
}

/** Addresses must be numeric. Rejects with UnavailableError naming the port. */
export async function openUdpSocket(options: UdpSocketOptions = {}): Promise<Socket> {
  const { port = 0, shared = false, broadcast = false, interfaceAddress, multicastTtl = 1 } = options;
  const socket = createSocket({
    type: "udp4",
    reuseAddr: shared,
    // The default asks the resolver's thread pool for every packet, numeric or not.
    lookup: (hostname, _options, callback) => callback(null, hostname, 4),
  });
  try {
    await bound(socket, port);
    if (broadcast) socket.setBroadcast(true);
    if (interfaceAddress) socket.setMulticastInterface(interfaceAddress);
    socket.setMulticastTTL(multicastTtl);
  } catch (cause) {
    socket.close();
    const reason = (cause as Error).message;
    throw new UnavailableError(`UDP port ${port} cannot be used: ${reason}; close the program that holds it`, {
      cause,
    });
  }
  return socket;
}

/**
 * Joins groups on interfaces. A socket may join 20 on Linux (igmp_max_memberships); which socket joined does not matter to who hears,
 * so the rest goes to sockets that hear nothing themselves. Returns these: close them when the groups are to be left.
 * Rejects with UnavailableError when not a single group can be joined.
 */
export async function joinGroups(
  socket: Socket,
  { groups, interfaceAddresses }: { groups: readonly string[]; interfaceAddresses: readonly string[] },
): Promise<Socket[]> {
  const wanted = interfaceAddresses.flatMap((address) => groups.map((group) => ({ group, address })));
  const helpers: Socket[] = [];
  let [joined, failure] = [0, ""];
  for (const [index, { group, address }] of wanted.entries()) {
    const isFull = index > 0 && index % GROUPS_PER_SOCKET === 0;
    if (isFull) helpers.push(await openUdpSocket());
    try {
      (helpers.at(-1) ?? socket).addMembership(group, address);
      joined++;
    } catch (error) {
      failure = `${group} on ${address}: ${(error as Error).message}`;
    }
  }
  if (joined > 0 || wanted.length === 0) return helpers;
  await Promise.all(helpers.map(closeUdpSocket));
  throw new UnavailableError(`Multicast group ${failure}; name an interface that carries multicast`);
}

export function closeUdpSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}

function bound(socket: Socket, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, () => {
      socket.off("error", reject);
      resolve();
    });
  });
}
