/** DDP (Distributed Display Protocol, 3waylabs) packets into bytes and back. */

export const DDP_PORT = 4048;
/** Most data in one packet: a multiple of three and four that fits an Ethernet frame. */
export const MAX_DATA_BYTES = 1440;
export const AT = { flags: 0, sequence: 1, data: 10 } as const;
/** Flags octet: version in the two high bits. */
export const FLAG = { version1: 0x40, timecode: 0x10, storage: 0x08, reply: 0x04, query: 0x02, push: 0x01 } as const;
/** Data types: kind in bits 3..5, bits per element in 0..2. */
export const DATA_TYPE = { rgb24: 0x0b, rgbw32: 0x1b } as const;
/** Destinations with a meaning of their own. */
export const DESTINATION = { display: 1, status: 251 } as const;

const VERSION_MASK = 0xc0;

export interface DdpPacket {
  push: boolean;
  query: boolean;
  reply: boolean;
  /** 1..15; 0 = not counted. */
  sequence: number;
  dataType: number;
  /** 1 = the default display, 251 = status as JSON. */
  destination: number;
  /** Where in the display's memory the data begins, bytes. */
  offset: number;
  /** 0..1440 bytes; a view into the packet. */
  data: Uint8Array;
}

/** 10 octets and the data. */
export function encodeDdp(ddp: DdpPacket): Buffer {
  const packet = Buffer.alloc(AT.data + ddp.data.length);
  packet[AT.flags] =
    FLAG.version1 | (ddp.push ? FLAG.push : 0) | (ddp.query ? FLAG.query : 0) | (ddp.reply ? FLAG.reply : 0); // 0
  packet[AT.sequence] = ddp.sequence; // 1
  packet[2] = ddp.dataType;
  packet[3] = ddp.destination;
  packet.writeUInt32BE(ddp.offset, 4); // 4..7
  packet.writeUInt16BE(ddp.data.length, 8); // 8,9
  packet.set(ddp.data, AT.data); // 10..
  return packet;
}

/** undefined for anything that is not a well-formed packet; never throws. A time code, four more octets, is skipped. */
export function decodeDdp(bytes: Uint8Array): DdpPacket | undefined {
  const packet = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (packet.length < AT.data) return undefined;
  const flags = packet.readUInt8(AT.flags);
  if ((flags & VERSION_MASK) !== FLAG.version1) return undefined;
  const query = (flags & FLAG.query) !== 0;
  const begin = AT.data + ((flags & FLAG.timecode) !== 0 ? 4 : 0);
  // A query states how much it wants, and carries nothing.
  const length = query ? 0 : packet.readUInt16BE(8);
  if (begin + length > packet.length) return undefined;
  return {
    push: (flags & FLAG.push) !== 0,
    query,
    reply: (flags & FLAG.reply) !== 0,
    sequence: packet.readUInt8(AT.sequence) & 0x0f,
    dataType: packet.readUInt8(2),
    destination: packet.readUInt8(3),
    offset: packet.readUInt32BE(4),
    data: packet.subarray(begin, begin + length),
  };
}
