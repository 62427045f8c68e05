/** An IP address into whether it is on the public internet. Pure. */
import { BlockList, isIP } from "node:net";

/** IANA's special-purpose registries: nothing that a webhook on the internet could be. */
const V4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];
/** Addresses that hold an IPv4 one (NAT64, 6to4, Teredo, compatible) are refused whole. */
const V6 = [
  "::/96",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
];

const blocked = new BlockList();
for (const subnet of V4) addTo(blocked, subnet, "ipv4");
for (const subnet of V6) addTo(blocked, subnet, "ipv6");

/** Also true for what is no address at all. IPv4 inside IPv6 is judged as IPv4. */
export function isPrivateAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  const family = isIP(bare);
  return family === 0 || blocked.check(bare, family === 4 ? "ipv4" : "ipv6");
}

function addTo(list: BlockList, subnet: string, family: "ipv4" | "ipv6"): void {
  const [net = "", prefix] = subnet.split("/");
  list.addSubnet(net, Number(prefix), family);
}
