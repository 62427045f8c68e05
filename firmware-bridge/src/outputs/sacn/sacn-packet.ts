/** sACN (ANSI E1.31-2018) packets into bytes and back: data, universe synchronization, universe discovery. */

export const SACN_PORT = 5568;
/** Where sources list their universes every 10 s [E1.31 8, Table A-1]. */
export const DISCOVERY_UNIVERSE = 64214;
export const MIN_UNIVERSE = 1;
export const MAX_UNIVERSE = 63999;
export const MAX_PRIORITY = 200;
/** Universes that one discovery packet lists [E1.31 8.4]. */
export const UNIVERSES_PER_PAGE = 512;

/** Offsets of what changes from packet to packet in an encoded data packet. */
export const AT = { priority: 108, syncAddress: 109, sequence: 111, options: 112, channels: 126 } as const;
/** And in a sync packet. */
export const SYNC_SEQUENCE_AT = 44;
/** Bits of the options octet [E1.31 6.2.6]. */
export const OPTION = { preview: 0x80, terminated: 0x40, forceSync: 0x20 } as const;

const ACN_PACKET_IDENTIFIER = Uint8Array.of(0x41, 0x53, 0x43, 0x2d, 0x45, 0x31, 0x2e, 0x31, 0x37, 0, 0, 0); // "ASC-E1.17"
const ROOT_VECTOR = { data: 4, extended: 8 } as const;
const FRAMING_VECTOR = { data: 2, sync: 1, discovery: 2 } as const;
const SOURCE_NAME_BYTES = 64;

export interface SacnData {
  kind: "data";
  /** 16 bytes as 32 hexadecimal digits. */
  cid: string;
  sourceName: string;
  /** 0..200 */
  priority: number;
  /** Universe whose sync packets release the values; 0 = shown at once. */
  syncAddress: number;
  sequence: number;
  preview: boolean;
  terminated: boolean;
  forceSync: boolean;
  universe: number;
  /** 0 for DMX values. */
  startCode: number;
  /** 0..512 values; a view into the packet. */
  channels: Uint8Array;
}

export interface SacnSync {
  kind: "sync";
  cid: string;
  sequence: number;
  syncAddress: number;
}

export interface SacnDiscovery {
  kind: "discovery";
  cid: string;
  sourceName: string;
  page: number;
  lastPage: number;
  universes: number[];
}

export type SacnPacket = SacnData | SacnSync | SacnDiscovery;

/** "239.255.1.44" for universe 300 [E1.31 9.3.1]. */
export function multicastAddress(universe: number): string {
  return `239.255.${universe >> 8}.${universe & 255}`;
}

/** 126 octets and the channels. */
export function encodeData(data: Omit<SacnData, "kind">): Buffer {
  const packet = Buffer.alloc(AT.channels + data.channels.length);
  writeRoot(packet, ROOT_VECTOR.data, data.cid);
  writeFlagsAndLength(packet, 38); // 38,39 framing layer
  packet.writeUInt32BE(FRAMING_VECTOR.data, 40); // 40..43
  writeText(packet, data.sourceName, 44); // 44..107 source name, UTF-8, ends with 0
  packet[AT.priority] = data.priority; // 108
  packet.writeUInt16BE(data.syncAddress, AT.syncAddress); // 109,110
  packet[AT.sequence] = data.sequence; // 111
  packet[AT.options] = optionsOf(data); // 112
  packet.writeUInt16BE(data.universe, 113); // 113,114
  writeFlagsAndLength(packet, 115); // 115,116 DMP layer
  packet[117] = 0x02; // set property
  packet[118] = 0xa1; // address and data type
  packet.writeUInt16BE(0, 119); // 119,120 first property address
  packet.writeUInt16BE(1, 121); // 121,122 address increment
  packet.writeUInt16BE(1 + data.channels.length, 123); // 123,124 property value count, with the start code
  packet[125] = data.startCode;
  packet.set(data.channels, AT.channels); // 126..
  return packet;
}

/** 49 octets [E1.31 6.3]. */
export function encodeSync({ cid, sequence, syncAddress }: Omit<SacnSync, "kind">): Buffer {
  const packet = Buffer.alloc(49);
  writeRoot(packet, ROOT_VECTOR.extended, cid);
  writeFlagsAndLength(packet, 38); // 38,39 framing layer
  packet.writeUInt32BE(FRAMING_VECTOR.sync, 40); // 40..43
  packet[SYNC_SEQUENCE_AT] = sequence; // 44
  packet.writeUInt16BE(syncAddress, 45); // 45,46; 47,48 reserved
  return packet;
}

/** 120 octets and two for each universe, at most 512 of them, ascending [E1.31 8]. */
export function encodeDiscovery(discovery: Omit<SacnDiscovery, "kind">): Buffer {
  const packet = Buffer.alloc(120 + 2 * discovery.universes.length);
  writeRoot(packet, ROOT_VECTOR.extended, discovery.cid);
  writeFlagsAndLength(packet, 38); // 38,39 framing layer
  packet.writeUInt32BE(FRAMING_VECTOR.discovery, 40); // 40..43
  writeText(packet, discovery.sourceName, 44); // 44..107; 108..111 reserved
  writeFlagsAndLength(packet, 112); // 112,113 universe discovery layer
  packet.writeUInt32BE(1, 114); // 114..117 universe list
  packet[118] = discovery.page;
  packet[119] = discovery.lastPage;
  discovery.universes.forEach((universe, i) => {
    packet.writeUInt16BE(universe, 120 + 2 * i);
  });
  return packet;
}

/** undefined for anything that is not a well-formed packet; never throws. Any start code is let through. */
export function decodeSacn(bytes: Uint8Array): SacnPacket | undefined {
  const packet = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (packet.length < 49 || packet.readUInt16BE(0) !== 0x0010 || packet.readUInt16BE(2) !== 0) return undefined;
  if (packet.compare(ACN_PACKET_IDENTIFIER, 0, 12, 4, 16) !== 0) return undefined;
  const vectors = [packet.readUInt32BE(18), packet.readUInt32BE(40)] as const;
  if (vectors[0] === ROOT_VECTOR.data && vectors[1] === FRAMING_VECTOR.data) return decodeData(packet);
  if (vectors[0] !== ROOT_VECTOR.extended) return undefined;
  if (vectors[1] === FRAMING_VECTOR.sync) return decodeSync(packet);
  if (vectors[1] === FRAMING_VECTOR.discovery) return decodeDiscovery(packet);
  return undefined;
}

function decodeData(packet: Buffer): SacnData | undefined {
  if (packet.length < AT.channels || packet[117] !== 0x02 || packet[118] !== 0xa1) return undefined;
  if (packet.readUInt16BE(119) !== 0 || packet.readUInt16BE(121) !== 1) return undefined;
  const slots = packet.readUInt16BE(123) - 1;
  const universe = packet.readUInt16BE(113);
  const priority = packet.readUInt8(AT.priority);
  if (slots < 0 || slots > 512 || AT.channels + slots > packet.length) return undefined;
  if (universe < MIN_UNIVERSE || universe > MAX_UNIVERSE || priority > MAX_PRIORITY) return undefined;
  const options = packet.readUInt8(AT.options);
  return {
    kind: "data",
    cid: cidOf(packet),
    sourceName: readText(packet, 44),
    priority,
    syncAddress: packet.readUInt16BE(AT.syncAddress),
    sequence: packet.readUInt8(AT.sequence),
    preview: (options & OPTION.preview) !== 0,
    terminated: (options & OPTION.terminated) !== 0,
    forceSync: (options & OPTION.forceSync) !== 0,
    universe,
    startCode: packet.readUInt8(125),
    channels: packet.subarray(AT.channels, AT.channels + slots),
  };
}

function decodeSync(packet: Buffer): SacnSync {
  return {
    kind: "sync",
    cid: cidOf(packet),
    sequence: packet.readUInt8(SYNC_SEQUENCE_AT),
    syncAddress: packet.readUInt16BE(45),
  };
}

function decodeDiscovery(packet: Buffer): SacnDiscovery | undefined {
  if (packet.length < 120 || packet.readUInt32BE(114) !== 1) return undefined;
  const listed = Math.min(
    UNIVERSES_PER_PAGE,
    ((packet.readUInt16BE(112) & 0x0fff) - 8) >> 1,
    (packet.length - 120) >> 1,
  );
  return {
    kind: "discovery",
    cid: cidOf(packet),
    sourceName: readText(packet, 44),
    page: packet.readUInt8(118),
    lastPage: packet.readUInt8(119),
    universes: Array.from({ length: Math.max(0, listed) }, (_, i) => packet.readUInt16BE(120 + 2 * i)),
  };
}

function writeRoot(packet: Buffer, vector: number, cid: string): void {
  packet.writeUInt16BE(0x0010, 0); // 0,1 preamble size; 2,3 post-amble size 0
  packet.set(ACN_PACKET_IDENTIFIER, 4); // 4..15
  writeFlagsAndLength(packet, 16); // 16,17 root layer
  packet.writeUInt32BE(vector, 18); // 18..21
  packet.write(cid, 22, 16, "hex"); // 22..37
}

/** High nibble 7, then the octets from here to the end of the packet [E1.31 4.1]. */
function writeFlagsAndLength(packet: Buffer, offset: number): void {
  packet.writeUInt16BE(0x7000 | (packet.length - offset), offset);
}

function optionsOf({ preview, terminated, forceSync }: Pick<SacnData, "preview" | "terminated" | "forceSync">): number {
  return (preview ? OPTION.preview : 0) | (terminated ? OPTION.terminated : 0) | (forceSync ? OPTION.forceSync : 0);
}

const cidOf = (packet: Buffer): string => packet.toString("hex", 22, 38);

/** As many whole characters as fit before the final zero: Buffer.write never splits one. */
function writeText(packet: Buffer, text: string, offset: number): void {
  packet.write(text, offset, SOURCE_NAME_BYTES - 1, "utf8");
}

function readText(packet: Buffer, offset: number): string {
  const field = packet.subarray(offset, offset + SOURCE_NAME_BYTES);
  const end = field.indexOf(0);
  // What a stranger calls itself ends up in terminals and logs.
  return field.toString("utf8", 0, end < 0 ? SOURCE_NAME_BYTES : end).replace(/\p{Cc}/gu, "");
}
