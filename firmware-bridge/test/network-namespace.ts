/** A second network beside a test's own: two machines on one cable, for receivers that refuse loopback or bind the same ports. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";

/** This side of the cable, and the receivers' side. */
export const HERE = "10.77.0.1";
export const THERE = "10.77.0.2";

/** Linux lets a socket join 20 multicast groups by default; receivers with one socket for all universes need more. */
const GROUPS_PER_SOCKET = 256;

/** True for root, who may give another machine to a program; otherwise a message, and a failure where receivers are required. */
export function maySplitNetworks(): boolean {
  if (process.getuid?.() === 0) return true;
  const message = "Two networks and a program of another user need root";
  if (process.env.TACTUS_REQUIRE_RECEIVERS === "1") throw new Error(message);
  console.warn(`skipped: ${message}`);
  return false;
}

/** Lives in the network namespace that `inOwnNetwork` gave the test; ends with it in any case. Needs root. */
export class NetworkNamespace {
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  static async open(): Promise<NetworkNamespace> {
    // The child keeps the namespace alive; it says a word when it is inside, and ends when this process does.
    const holder = spawn("unshare", ["--net", "sh", "-c", "echo in; exec cat"], { stdio: ["pipe", "pipe", "inherit"] });
    await once(holder.stdout, "data");
    const namespace = new NetworkNamespace(holder);
    ip("link", "add", "here", "type", "veth", "peer", "name", "there", "netns", String(holder.pid));
    setUp((...args) => ip(...args), { device: "here", address: HERE });
    setUp((...args) => namespace.#ip(...args), { device: "there", address: THERE });
    namespace.run("sh", "-c", `echo ${GROUPS_PER_SOCKET} > /proc/sys/net/ipv4/igmp_max_memberships`);
    return namespace;
  }

  /** Program and arguments that run `command` on the other machine. */
  inside(...command: string[]): [string, string[]] {
    return ["nsenter", ["--net", "--target", String(this.#holder.pid), "--", ...command]];
  }

  /** Runs a short command there; returns what it says. */
  run(...command: string[]): string {
    const [program, args] = this.inside(...command);
    return execFileSync(program, args, { encoding: "utf8" });
  }

  /** Cuts the cable or joins it again. */
  cable(state: "up" | "down"): void {
    this.#ip("link", "set", "there", state);
    if (state === "up") this.#ip("route", "replace", "224.0.0.0/4", "dev", "there");
  }

  async close(): Promise<void> {
    const gone = once(this.#holder, "exit");
    this.#holder.kill("SIGKILL");
    await gone;
  }

  #ip(...args: string[]): void {
    this.run("ip", ...args);
  }
}

function setUp(ipThere: (...args: string[]) => void, { device, address }: { device: string; address: string }): void {
  ipThere("link", "set", "lo", "up");
  ipThere("address", "add", `${address}/24`, "broadcast", "+", "dev", device);
  ipThere("link", "set", device, "up");
  ipThere("route", "add", "224.0.0.0/4", "dev", device);
}

function ip(...args: string[]): void {
  execFileSync("ip", args, { encoding: "utf8" });
}
