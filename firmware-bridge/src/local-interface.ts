/** The network interface a person names (`eth0`, or an address of it) into the addresses that sockets want. */
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { UnavailableError } from "@tactus/shared";

type NamedInterface = NetworkInterfaceInfo & { name: string };

/**
 * The IPv4 address of an interface, given by name or by that address; undefined stays undefined (the system's choice).
 * Throws UnavailableError with the interfaces there are.
 */
export function addressOfInterface(nameOrAddress: string): string;
export function addressOfInterface(nameOrAddress: string | undefined): string | undefined;
export function addressOfInterface(nameOrAddress: string | undefined): string | undefined {
  if (nameOrAddress === undefined) return undefined;
  const present = ipv4Interfaces();
  const found = present.find(({ name, address }) => name === nameOrAddress || address === nameOrAddress);
  if (found) return found.address;
  const list = present.map(({ name, address }) => `${name} (${address})`).join(", ") || "none";
  throw new UnavailableError(`No interface ${nameOrAddress} with an IPv4 address; use one of: ${list}`);
}

/**
 * Where multicast is joined: the interface that was named, or every one but the loopback. The system's own choice follows the
 * default route, which on a machine with two networks leads to the internet, and on a network of lights alone nowhere.
 */
export function listeningAddresses(interfaceAddress?: string): string[] {
  if (interfaceAddress !== undefined) return [interfaceAddress];
  const outward = ipv4Interfaces().filter(({ internal }) => !internal);
  return outward.length > 0 ? outward.map(({ address }) => address) : ["127.0.0.1"];
}

/** Where multicast leaves: the interface that was named, or the only one there is; undefined: the system's choice. */
export function sendingAddress(interfaceAddress?: string): string | undefined {
  const [only, ...others] = listeningAddresses(interfaceAddress);
  return others.length === 0 && only !== "127.0.0.1" ? only : interfaceAddress;
}

/** The directed broadcast address of one interface, or of every interface that is not the loopback. */
export function broadcastAddresses(interfaceAddress?: string): string[] {
  const wanted = ipv4Interfaces().filter(({ address, internal }) =>
    interfaceAddress === undefined ? !internal : address === interfaceAddress,
  );
  return [...new Set(wanted.map(({ address, netmask }) => broadcastOf(address, netmask)))];
}

/** Every IPv4 address of this machine: what comes from here was sent here. */
export function ownAddresses(): Set<string> {
  return new Set(ipv4Interfaces().map(({ address }) => address));
}

/** Our address on the interface that shares a subnet with `remote`; else that of any interface but the loopback. */
export function addressTowards(remote: string): string {
  const present = ipv4Interfaces();
  const facing = present.find(({ address, netmask }) => broadcastOf(address, netmask) === broadcastOf(remote, netmask));
  return (facing ?? present.find(({ internal }) => !internal))?.address ?? "127.0.0.1";
}

/** Six bytes, zeros when the interface has none or is unknown. */
export function macOf(interfaceAddress: string): Uint8Array {
  const mac = ipv4Interfaces().find(({ address }) => address === interfaceAddress)?.mac ?? "";
  return Uint8Array.from({ length: 6 }, (_, i) => Number.parseInt(mac.split(":")[i] ?? "0", 16) || 0);
}

function ipv4Interfaces(): NamedInterface[] {
  return Object.entries(networkInterfaces()).flatMap(([name, infos]) =>
    (infos ?? []).filter(({ family }) => family === "IPv4").map((info) => ({ ...info, name })),
  );
}

function broadcastOf(address: string, netmask: string): string {
  const mask = netmask.split(".").map(Number);
  return address
    .split(".")
    .map((octet, i) => Number(octet) | (~(mask[i] ?? 255) & 255))
    .join(".");
}
