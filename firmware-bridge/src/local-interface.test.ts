import { describe, expect, it } from "vitest";
import { addressOfInterface, broadcastAddresses, macOf, ownAddresses } from "./local-interface.js";

describe("local interface", () => {
  it("is found by its address, and left to the system when none is named", () => {
    expect(addressOfInterface("127.0.0.1")).toBe("127.0.0.1");
    expect(addressOfInterface(undefined)).toBeUndefined();
  });

  it("that is not there is refused with those that are", () => {
    expect(() => addressOfInterface("stage9")).toThrow(
      /^No interface stage9 with an IPv4 address; use one of: .*127\.0\.0\.1/,
    );
  });

  it("has a directed broadcast address by its netmask", () => {
    expect(broadcastAddresses("127.0.0.1")).toEqual(["127.255.255.255"]);
    expect(broadcastAddresses()).not.toContain("127.255.255.255");
  });

  it("belongs to this machine, and has a hardware address of six bytes", () => {
    expect(ownAddresses().has("127.0.0.1")).toBe(true);
    expect([...macOf("127.0.0.1")]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
