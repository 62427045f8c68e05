/** Where the lighting program is: as configured, or as it advertises itself; the next one when the last was lost. */
import { browseServices, type FoundService } from "../../dns-sd.js";
import type { Os2lConfig } from "./os2l-config.js";

export interface Os2lHostOptions {
  config: Pick<Os2lConfig, "host" | "port" | "serviceName" | "interface">;
  onFound(): void;
  onFailure(text: string): void;
}

export class Os2lHost {
  readonly #options: Os2lHostOptions;
  /** One entry for each address of each program. */
  #found: FoundService[] = [];
  #stopBrowsing: (() => void) | undefined;

  constructor(options: Os2lHostOptions) {
    this.#options = options;
  }

  /** Throws UnavailableError when the interface is not there. */
  start(): void {
    const { config, onFound, onFailure } = this.#options;
    if (config.host !== undefined) return;
    this.#stopBrowsing = browseServices({
      type: "os2l",
      interface: config.interface,
      onUp: (service) => {
        if (config.serviceName !== undefined && service.name !== config.serviceName) return;
        this.#forget(service);
        this.#found.push(...service.addresses.map((address) => ({ ...service, address })));
        onFound();
      },
      onDown: (service) => this.#forget(service),
      onFailure,
    });
  }

  stop(): void {
    this.#stopBrowsing?.();
    this.#found = [];
  }

  /** Undefined while none is known. */
  current(): { host: string; port: number; name: string } | undefined {
    const { host, port } = this.#options.config;
    if (host !== undefined) return { host, port, name: "" };
    const [first] = this.#found;
    return first && { host: first.address, port: first.port, name: first.name };
  }

  /** The current one cannot be reached: try another first. */
  demote(): void {
    const first = this.#found.shift();
    if (first) this.#found.push(first);
  }

  #forget({ name }: FoundService): void {
    this.#found = this.#found.filter((service) => service.name !== name);
  }
}
