/**
 * Art-Net 4 packets into bytes and back: ArtDmx, ArtSync, ArtPoll, ArtPollReply, ArtTimeCode. Art-Net counts its port addresses
 * from 0, we count universes from 1: this file is the edge where one becomes the other, so universe 1 is 0:0:0 on a node's display.
 */

export const ARTNET_PORT = 6454;
/** Port addresses have 15 bits: net (7), sub-net (4), universe (4). */
export const MAX_UNIVERSE = 32768;
/** Offsets of what changes from packet to packet in an encoded ArtDmx. */
export const AT = { sequence: 12, channels: 18 } as const;

const ID = Uint8Array.of(0x41, 0x72, 0x74, 0x2d, 0x4e, 0x65, 0x74, 0); // "Art-Net"
const OP = { poll: 0x2000, pollReply: 0x2100, dmx: 0x5000, sync: 0x5200, timeCode: 0x9700 } as const;
const PROTOCOL_VERSION = 14;
/** Oem code of a product that has none registered. */
const OEM_UNKNOWN = 0x00ff;
const POLL_REPLY_BYTES = 239;
/** Shortest reply that says which port addresses a node has; Art-Net 1 nodes end soon after. */
const MIN_POLL_REPLY_BYTES = 194;
const PORTS_PER_REPLY = 4;

/** Frames a second of each ArtTimeCode type. */
export const TIME_CODE_TYPE = { film24: 0, ebu25: 1, df2997: 2, smpte30: 3 } as const;

export interface ArtDmx {
  kind: "dmx";
  /** 1..255; 0 = the sender does not count. */
  sequence: number;
  /** Input the values came from, for information. */
  physical: number;
  /** 1..32768 */
  universe: number;
  /** 2..512 values, an even number on the wire; a view into the packet. */
  channels: Uint8Array;
}

export interface ArtSync {
  kind: "sync";
}

export interface ArtPoll {
  kind: "poll";
  /** The node answers unasked when something about it changes. */
  replyOnChange: boolean;
}

export interface ArtPollReply {
  kind: "poll-reply";
  /** As the node states it: behind a router or with a wrong setting it differs from where the packet came from. */
  address: string;
  shortName: string;
  longName: string;
  /** "#0001 [0004] message" in the standard's own form. */
  report: string;
  /** 0 node, 1 controller, 2 media server, 3 router, 4 backup, 5 configuration tool, 6 visualiser. */
  style: number;
  mac: Uint8Array;
  /** 1 = the root device; nodes with more than four ports send one reply for each further index. */
  bindIndex: number;
  /** Universes it shows: send ArtDmx for these. */
  outputs: number[];
  /** Universes it sends. */
  inputs: number[];
}

export interface ArtTimeCode {
  kind: "time-code";
  hours: number;
  minutes: number;
  seconds: number;
  frames: number;
  /** 0 film 24, 1 EBU 25, 2 drop-frame 29.97, 3 SMPTE 30 frames a second. */
  type: number;
}

export type ArtnetPacket = ArtDmx | ArtSync | ArtPoll | ArtPollReply | ArtTimeCode;

/** "0:1:0" for universe 17, as nodes and desks show it: net, sub-net, universe, each from 0. */
export function describeUniverse(universe: number): string {
  const portAddress = universe - 1;
  return `${portAddress >> 8}:${(portAddress >> 4) & 15}:${portAddress & 15}`;
}

/** 18 octets and the channels, padded to an even number of at least two. */
export function encodeDmx({ sequence, physical, universe, channels }: Omit<ArtDmx, "kind">): Buffer {
  const length = Math.max(2, channels.length + (channels.length & 1));
  const packet = header(OP.dmx, AT.channels + length);
  packet[AT.sequence] = sequence; // 12
  packet[13] = physical;
  packet.writeUInt16LE(universe - 1, 14); // 14 sub-net and universe, 15 net
  packet.writeUInt16BE(length, 16); // 16,17
  packet.set(channels, AT.channels); // 18..
  return packet;
}

/** 14 octets: ID, opcode, version, two zeros. */
export function encodeSync(): Buffer {
  return header(OP.sync, 14);
}

/** 14 octets, which nodes of every version understand. */
export function encodePoll({ replyOnChange }: Omit<ArtPoll, "kind">): Buffer {
  const packet = header(OP.poll, 14);
  packet[12] = replyOnChange ? 0x02 : 0; // flags; 13 lowest priority of diagnostics, none wanted
  return packet;
}

/** 239 octets; at most four outputs and four inputs, all of one net and sub-net. */
export function encodePollReply(reply: Omit<ArtPollReply, "kind">): Buffer {
  const packet = Buffer.alloc(POLL_REPLY_BYTES);
  const [outputs, inputs] = [reply.outputs, reply.inputs].map((universes) => universes.map((one) => one - 1));
  const address = reply.address.split(".").map(Number);
  const first = outputs?.[0] ?? inputs?.[0] ?? 0;
  packet.set(ID, 0); // 0..7
  packet.writeUInt16LE(OP.pollReply, 8); // 8,9
  packet.set(address, 10); // 10..13
  packet.writeUInt16LE(ARTNET_PORT, 14); // 14,15; 16,17 firmware version
  packet[18] = first >> 8; // net
  packet[19] = (first >> 4) & 0x0f; // sub-net
  packet.writeUInt16BE(OEM_UNKNOWN, 20); // 20,21; 22 UBEA version
  packet[23] = 0xe0; // status: indicators normal, addresses set by network
  packet.write(reply.shortName, 26, 17, "utf8"); // 24,25 ESTA code; 26..43
  packet.write(reply.longName, 44, 63, "utf8"); // 44..107
  packet.write(reply.report, 108, 63, "utf8"); // 108..171
  packet.writeUInt16BE(Math.max(reply.outputs.length, reply.inputs.length), 172); // 172,173 ports
  for (let port = 0; port < PORTS_PER_REPLY; port++) {
    const output = outputs?.[port];
    const input = inputs?.[port];
    packet[174 + port] = (output === undefined ? 0 : 0x80) | (input === undefined ? 0 : 0x40); // port types
    packet[178 + port] = input === undefined ? 0 : 0x80; // data received
    packet[182 + port] = output === undefined ? 0 : 0x80; // data transmitted
    packet[186 + port] = (input ?? 0) & 0x0f; // universe of the input
    packet[190 + port] = (output ?? 0) & 0x0f; // universe of the output
  }
  packet[200] = reply.style;
  packet.set(reply.mac.subarray(0, 6), 201); // 201..206
  packet.set(address, 207); // 207..210 address of the root device
  packet[211] = reply.bindIndex;
  packet[212] = 0x08; // status 2: 15-bit port addresses
  return packet;
}

/** 19 octets. */
export function encodeTimeCode({ hours, minutes, seconds, frames, type }: Omit<ArtTimeCode, "kind">): Buffer {
  const packet = header(OP.timeCode, 19); // 12 filler, 13 stream 0
  packet[14] = frames;
  packet[15] = seconds;
  packet[16] = minutes;
  packet[17] = hours;
  packet[18] = type;
  return packet;
}

/** undefined for anything that is not a well-formed packet of these five kinds; never throws. */
export function decodeArtnet(bytes: Uint8Array): ArtnetPacket | undefined {
  const packet = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (packet.length < 14 || packet.compare(ID, 0, 8, 0, 8) !== 0) return undefined;
  const opcode = packet.readUInt16LE(8);
  if (opcode === OP.pollReply) return decodePollReply(packet); // the one packet without a version
  if (packet.readUInt16BE(10) < PROTOCOL_VERSION) return undefined;
  if (opcode === OP.dmx) return decodeDmx(packet);
  if (opcode === OP.sync) return { kind: "sync" };
  if (opcode === OP.poll) return { kind: "poll", replyOnChange: (packet.readUInt8(12) & 0x02) !== 0 };
  if (opcode === OP.timeCode) return decodeTimeCode(packet);
  return undefined;
}

function decodeDmx(packet: Buffer): ArtDmx | undefined {
  if (packet.length < AT.channels) return undefined;
  const length = packet.readUInt16BE(16);
  const universe = packet.readUInt16LE(14) + 1;
  // An odd length is against the standard and sent all the same: taken as it is.
  if (length < 1 || length > 512 || AT.channels + length > packet.length) return undefined;
  if (universe > MAX_UNIVERSE) return undefined;
  return {
    kind: "dmx",
    sequence: packet.readUInt8(AT.sequence),
    physical: packet.readUInt8(13),
    universe,
    channels: packet.subarray(AT.channels, AT.channels + length),
  };
}

function decodePollReply(packet: Buffer): ArtPollReply | undefined {
  if (packet.length < MIN_POLL_REPLY_BYTES) return undefined;
  const base = ((packet.readUInt8(18) & 0x7f) << 8) | ((packet.readUInt8(19) & 0x0f) << 4);
  const universesOf = (bit: number, switches: number) =>
    [0, 1, 2, 3]
      .filter((port) => (packet.readUInt8(174 + port) & bit) !== 0)
      .map((port) => (base | (packet.readUInt8(switches + port) & 0x0f)) + 1);
  return {
    kind: "poll-reply",
    address: packet.subarray(10, 14).join("."),
    shortName: readText(packet, 26, 18),
    longName: readText(packet, 44, 64),
    report: readText(packet, 108, 64),
    style: packet[200] ?? 0,
    mac: Uint8Array.from({ length: 6 }, (_, i) => packet[201 + i] ?? 0),
    bindIndex: packet[211] || 1, // 0 and 1 both mean the root device
    outputs: universesOf(0x80, 190),
    inputs: universesOf(0x40, 186),
  };
}

function decodeTimeCode(packet: Buffer): ArtTimeCode | undefined {
  if (packet.length < 19) return undefined;
  const [frames = 0, seconds = 0, minutes = 0, hours = 0, type = 0] = packet.subarray(14, 19);
  if (frames > 29 || seconds > 59 || minutes > 59 || hours > 23 || type > 3) return undefined;
  return { kind: "time-code", hours, minutes, seconds, frames, type };
}

function header(opcode: number, length: number): Buffer {
  const packet = Buffer.alloc(length);
  packet.set(ID, 0); // 0..7
  packet.writeUInt16LE(opcode, 8); // 8,9
  packet.writeUInt16BE(PROTOCOL_VERSION, 10); // 10,11
  return packet;
}

function readText(packet: Buffer, offset: number, length: number): string {
  const field = packet.subarray(offset, offset + length);
  const end = field.indexOf(0);
  // What a stranger calls itself ends up in terminals and logs.
  return field.toString("utf8", 0, end < 0 ? length : end).replace(/\p{Cc}/gu, "");
}
