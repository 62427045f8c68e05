import { describe, expect, it } from "vitest";
import { HostAddresses } from "./host-addresses.js";

describe("host addresses", () => {
  it("are known at once when they are numbers", () => {
    const hosts = new HostAddresses({ hosts: ["10.0.0.1", "10.0.0.2", "10.0.0.1"], changed: () => {} });

    expect([hosts.addresses(), hosts.unknown()]).toEqual([["10.0.0.1", "10.0.0.2"], []]);
  });

  it("of names come later, and say so", async () => {
    const changed = new Promise<void>((resolve) => {
      const hosts: HostAddresses = new HostAddresses({
        hosts: ["localhost", "10.0.0.1"],
        changed: () => {
          expect(hosts.addresses()).toContain("127.0.0.1");
          hosts.stop();
          resolve();
        },
      });
      expect(hosts.unknown()).toEqual(["localhost"]);
      hosts.start();
    });

    await changed;
  });
});
