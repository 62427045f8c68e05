import { describe, expect, it } from "vitest";
import { adalightFrame, decodeAdalight } from "./adalight-packet.js";
import { SerialConfig } from "./serial-config.js";
import { decodeTpm2, tpm2Frame } from "./tpm2-packet.js";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("Adalight frame", () => {
  it("says the pixels less one, or the pixels", () => {
    expect(hex(adalightFrame({ pixels: 300, count: "minus-one" }).bytes.subarray(0, 6))).toBe("416461012b7f");
    expect(hex(adalightFrame({ pixels: 300, count: "exact" }).bytes.subarray(0, 6))).toBe("416461012c78");
  });

  it("decodes to its pixels, and not at all with a wrong check", () => {
    const { bytes, data } = adalightFrame({ pixels: 2, count: "minus-one" });
    data.set([1, 2, 3, 4, 5, 6]);

    expect([...(decodeAdalight(bytes) ?? [])]).toEqual([1, 2, 3, 4, 5, 6]);
    bytes[5] = 0;
    expect(decodeAdalight(bytes)).toBeUndefined();
  });
});

describe("TPM2 frame", () => {
  it("lies between its start, its length and its end", () => {
    const { bytes, data } = tpm2Frame({ pixels: 2 });
    data.set([1, 2, 3, 4, 5, 6]);

    expect(hex(bytes)).toBe("c9da000601020304050636");
    expect([...(decodeTpm2(bytes) ?? [])]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(decodeTpm2(bytes.subarray(0, -1))).toBeUndefined();
  });
});

describe("configuration of a serial output", () => {
  it("needs nothing for a board with our firmware", () => {
    expect(SerialConfig.parse({ type: "serial" })).toMatchObject({ protocol: "tactus", port: "auto", baud: 115_200 });
  });

  it("wants to know which pixels adalight and tpm2 carry", () => {
    expect(SerialConfig.safeParse({ type: "serial", protocol: "tpm2" }).success).toBe(false);
    expect(SerialConfig.safeParse({ type: "serial", universe: 1 }).success).toBe(false);
    expect(SerialConfig.safeParse({ type: "serial", protocol: "tpm2", universe: 1, pixels: 60 }).success).toBe(true);
  });
});
