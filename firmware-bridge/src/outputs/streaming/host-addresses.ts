/** Hosts as they are configured, names or numbers, into numeric IPv4 addresses, kept up to date. */
import { lookup } from "node:dns/promises";
import { isIPv4 } from "node:net";

/** An address from DHCP may change under the same name. */
const REFRESH_MS = 30_000;

export class HostAddresses {
  readonly #hosts: readonly string[];
  readonly #changed: () => void;
  readonly #known = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: { hosts: readonly string[]; changed: () => void }) {
    this.#hosts = options.hosts;
    this.#changed = options.changed;
    for (const host of options.hosts) if (isIPv4(host)) this.#known.set(host, host);
  }

  /** Numbers are known at once; a name that nobody knows yet does not hold up the start. */
  start(): void {
    if (this.#hosts.every((host) => isIPv4(host))) return;
    this.#timer = setInterval(() => void this.#resolve(), REFRESH_MS);
    this.#timer.unref();
    void this.#resolve();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  addresses(): string[] {
    return [...new Set(this.#known.values())];
  }

  /** Names without an address so far. */
  unknown(): string[] {
    return this.#hosts.filter((host) => !this.#known.has(host));
  }

  async #resolve(): Promise<void> {
    const before = this.addresses().join();
    const found = await Promise.allSettled(this.#hosts.map((host) => lookup(host, { family: 4 })));
    this.#hosts.forEach((host, i) => {
      const result = found[i];
      if (result?.status === "fulfilled") this.#known.set(host, result.value.address);
    });
    if (this.addresses().join() !== before) this.#changed();
  }
}
