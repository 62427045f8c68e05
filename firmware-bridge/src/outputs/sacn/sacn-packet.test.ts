import { describe, expect, it } from "vitest";
import { mutants, randomBytes, seeded } from "../../testing/seeded-bytes.js";
import {
  decodeSacn,
  encodeData,
  encodeDiscovery,
  encodeSync,
  multicastAddress,
  type SacnData,
  type SacnPacket,
} from "./sacn-packet.js";

const CID = "00112233445566778899aabbccddeeff";

function aDataPacket(changes: Partial<SacnData> = {}): Omit<SacnData, "kind"> {
  return {
    cid: CID,
    sourceName: "Tactus",
    priority: 90,
    syncAddress: 7,
    sequence: 17,
    preview: false,
    terminated: false,
    forceSync: true,
    universe: 300,
    startCode: 0,
    channels: Uint8Array.of(1, 2, 3),
    ...changes,
  };
}

function decoded<K extends SacnPacket["kind"]>(bytes: Uint8Array, kind: K): Extract<SacnPacket, { kind: K }> {
  const packet = decodeSacn(bytes);
  if (packet?.kind !== kind) throw new Error(`not a ${kind} packet: ${JSON.stringify(packet)}`);
  return packet as Extract<SacnPacket, { kind: K }>;
}

describe("sACN data packet", () => {
  it("has each octet where E1.31-2018 table 4-1 puts it", () => {
    const packet = encodeData(aDataPacket());

    expect(packet.length).toBe(129);
    expect(packet.toString("hex", 0, 22)).toBe("001000004153432d45312e313700000070710000" + "0004");
    expect(packet.toString("hex", 22, 38)).toBe(CID);
    expect(packet.toString("hex", 38, 44)).toBe("705b00000002");
    expect(packet.toString("latin1", 44, 51)).toBe("Tactus\0");
    expect(packet.toString("hex", 108)).toBe(
      "5a" + "0007" + "11" + "20" + "012c" + "700e" + "02a10000" + "0001" + "0004" + "00010203",
    );
  });

  it("says 0x726e, 0x7258 and 0x720b for a full universe", () => {
    const packet = encodeData(aDataPacket({ channels: new Uint8Array(512) }));

    expect([packet.readUInt16BE(16), packet.readUInt16BE(38), packet.readUInt16BE(115)]).toEqual([
      0x726e, 0x7258, 0x720b,
    ]);
    expect(packet.length).toBe(638);
  });

  it("comes back as it was written", () => {
    const data = aDataPacket({ preview: true, terminated: true, forceSync: false });

    expect(decoded(encodeData(data), "data")).toEqual({ kind: "data", ...data, channels: Buffer.of(1, 2, 3) });
  });

  it("keeps whole characters of a long name, and control characters out of what is read", () => {
    const long = decoded(encodeData(aDataPacket({ sourceName: `${"ä".repeat(31)}€` })), "data");
    const rude = decoded(encodeData(aDataPacket({ sourceName: "\u001b[2Jdesk\n" })), "data");

    expect(long.sourceName).toBe("ä".repeat(31));
    expect(rude.sourceName).toBe("[2Jdesk");
  });

  it.each<[string, (packet: Buffer) => void]>([
    ["another preamble", (packet) => packet.writeUInt16BE(0x0011, 0)],
    ["another identifier", (packet) => packet.writeUInt8(0x42, 4)],
    ["an unknown root vector", (packet) => packet.writeUInt32BE(5, 18)],
    ["an unknown framing vector", (packet) => packet.writeUInt32BE(9, 40)],
    ["another DMP vector", (packet) => packet.writeUInt8(3, 117)],
    ["a first address other than 0", (packet) => packet.writeUInt16BE(1, 119)],
    ["more slots than it holds", (packet) => packet.writeUInt16BE(6, 123)],
    ["no start code", (packet) => packet.writeUInt16BE(0, 123)],
    ["universe 0", (packet) => packet.writeUInt16BE(0, 113)],
    ["universe 64000", (packet) => packet.writeUInt16BE(64000, 113)],
    ["priority 201", (packet) => packet.writeUInt8(201, 108)],
  ])("is refused with %s", (_name, spoil) => {
    const packet = encodeData(aDataPacket());
    spoil(packet);

    expect(decodeSacn(packet)).toBeUndefined();
  });

  it("is refused when cut off anywhere", () => {
    const packet = encodeData(aDataPacket());

    for (let length = 0; length < packet.length; length++)
      expect(decodeSacn(packet.subarray(0, length))).toBeUndefined();
  });
});

describe("sACN sync and discovery packets", () => {
  it("sync has 49 octets and comes back as it was written", () => {
    const packet = encodeSync({ cid: CID, sequence: 200, syncAddress: 7962 });

    expect(packet.length).toBe(49);
    expect(packet.toString("hex", 38)).toBe("700b" + "00000001" + "c8" + "1f1a" + "0000");
    expect(decoded(packet, "sync")).toEqual({ kind: "sync", cid: CID, sequence: 200, syncAddress: 7962 });
  });

  it("discovery lists universes and comes back as it was written", () => {
    const discovery = { cid: CID, sourceName: "Tactus", page: 0, lastPage: 1, universes: [1, 2, 63999] };
    const packet = encodeDiscovery(discovery);

    expect(packet.toString("hex", 112)).toBe("700e" + "00000001" + "00" + "01" + "0001" + "0002" + "f9ff");
    expect(decoded(packet, "discovery")).toEqual({ kind: "discovery", ...discovery });
  });

  it("universe 300 has the group 239.255.1.44", () => {
    expect(multicastAddress(300)).toBe("239.255.1.44");
  });
});

describe("sACN decoder", () => {
  it("survives 20000 random and damaged packets", () => {
    const random = seeded(31);
    const seeds = [
      encodeData(aDataPacket()),
      encodeSync({ cid: CID, sequence: 0, syncAddress: 1 }),
      encodeDiscovery({ cid: CID, sourceName: "x", page: 0, lastPage: 0, universes: [1, 2] }),
    ];

    for (let i = 0; i < 10_000; i++) {
      decodeSacn(randomBytes(random, 700));
      const packet = decodeSacn(mutants(random, seeds));
      if (packet?.kind === "data") expect(packet.channels.length).toBeLessThanOrEqual(512);
    }
  });
});
