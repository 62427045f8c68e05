/** MIDI messages into an RTP-MIDI session (AppleMIDI): we invite, and are invited. */
import { randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import type { RtpPortConfig } from "../midi-config.js";
import type { MidiPort, PortState } from "../midi-port.js";
import { advertiseSession } from "./advertise.js";
import { type AppleMidiPacket, decodeAppleMidi, encodeAppleMidi } from "./apple-midi-packet.js";
import { Invitation } from "./invitation.js";
import { type Participant, Participants } from "./participants.js";
import { encodeRtpMidi } from "./rtp-midi-packet.js";
import { UdpPair } from "./udp-pair.js";

const DEFAULT_PORT = 5004;
const STEP_MS = 200;
/** Time stamps count in units of 100 µs. */
const UNITS_PER_SECOND = 10_000;

interface From {
  address: string;
  port: number;
}

export interface RtpPortOptions extends RtpPortConfig {
  /** Seconds of CLOCK_MONOTONIC, the clock of `send`. */
  now(): number;
}

const randomId = () => randomBytes(4).readUInt32BE();

export class RtpPort implements MidiPort {
  readonly aheadS: number;
  readonly #options: RtpPortOptions;
  readonly #participants = new Participants();
  readonly #invitations: Invitation[];
  readonly #sockets: UdpPair;
  readonly #addresses = new Map<string, string>();
  /** New at every start: others remember one that left without a word. */
  readonly #ssrc = randomId();
  #sequence = randomId() & 0xffff;
  #timer: NodeJS.Timeout | undefined;
  #withdraw: (() => Promise<void>) | undefined;
  #errors = 0;
  #lastError = "";

  constructor(options: RtpPortOptions) {
    this.aheadS = options.aheadMs / 1000;
    this.#options = options;
    this.#invitations = options.invite.map((place) => {
      const [host = "", port] = place.split(":");
      return new Invitation({ host, port: port ? Number(port) : DEFAULT_PORT, token: randomId() });
    });
    this.#sockets = new UdpPair({
      address: options.address,
      port: options.listen === false ? 0 : options.listen,
      onControl: (bytes, from) => this.#onControl(bytes, from),
      onData: (bytes, from) => this.#onData(bytes, from),
      onError: (error) => this.#fail(error.message),
    });
  }

  async start(): Promise<void> {
    await this.#sockets.start();
    const { listen, advertise, name, address } = this.#options;
    const { port } = this.#sockets;
    if (listen !== false && advertise)
      this.#withdraw = advertiseSession({ name, port, address, onFailure: (text) => this.#fail(text) });
    this.#timer = setInterval(() => this.#step(), STEP_MS);
    this.#step();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    for (const { token, controlPort, address } of this.#participants.connected)
      this.#control({ command: "BY", token, ssrc: this.#ssrc }, { port: controlPort, address });
    this.#participants.clear();
    await this.#withdraw?.();
    await this.#sockets.stop();
  }

  send(bytes: Uint8Array, at: number): boolean {
    const timestamp = Math.round(at * UNITS_PER_SECOND) % 2 ** 32;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const packet = encodeRtpMidi({ sequence: this.#sequence, timestamp, ssrc: this.#ssrc, list: bytes });
    const { connected } = this.#participants;
    for (const { dataPort, address } of connected) this.#sockets.sendData(packet, dataPort, address);
    return connected.length > 0;
  }

  state(): PortState {
    const names = this.#participants.connected.map(({ name, address }) => `${name} (${address})`);
    const receiving = names.length > 0 ? "receiving" : "not-receiving";
    return { receiving, peer: names.join(", "), errors: this.#errors, lastError: this.#lastError };
  }

  #step(): void {
    const now = this.#options.now();
    for (const gone of this.#participants.dropSilent(now)) this.#fail(`${gone.name} fell silent`);
    for (const invitation of this.#invitations) this.#advance(invitation, now);
  }

  #advance(invitation: Invitation, now: number): void {
    const step = invitation.step(now);
    if (step === "nothing") return;
    const address = this.#addresses.get(invitation.host);
    if (address === undefined) return void this.#lookUp(invitation.host);
    const { token, port } = invitation;
    const invite: AppleMidiPacket = { command: "IN", token, ssrc: this.#ssrc, name: this.#options.name };
    if (step === "invite-control") this.#control(invite, { port, address });
    else if (step === "invite-data") this.#data(invite, { port: port + 1, address });
    else if (step === "clock") this.#data(this.#clock(0, [this.#time(), 0n, 0n]), { port: port + 1, address });
    else this.#forget(token);
  }

  async #lookUp(host: string): Promise<void> {
    try {
      const { address } = await lookup(host, 4);
      this.#addresses.set(host, address);
    } catch (error) {
      this.#fail(`Host ${host} to invite is not known: ${(error as Error).message}`);
    }
  }

  #onControl(bytes: Uint8Array, from: From): void {
    const packet = decodeAppleMidi(bytes);
    if (!packet) return;
    const now = this.#options.now();
    if (packet.command === "IN") this.#onInvited(packet, from, now);
    else if (packet.command === "OK") this.#onAccepted(packet, from, now);
    else if (packet.command === "NO") this.#invitationOf(packet.token)?.refused(now);
    else if (packet.command === "BY") this.#onBye(packet, now);
  }

  #onInvited({ ssrc, token, name }: Exchange, from: From, now: number): void {
    const participant = {
      ssrc,
      token,
      name,
      address: from.address,
      controlPort: from.port,
      dataPort: 0,
      invitedBy: "them" as const,
      lastHeard: now,
      networkDelayS: undefined,
    };
    const welcome = this.#options.listen !== false && this.#participants.admit(participant);
    this.#control({ command: welcome ? "OK" : "NO", token, ssrc: this.#ssrc, name: this.#options.name }, from);
  }

  #onAccepted({ ssrc, token, name }: Exchange, from: From, now: number): void {
    const invitation = this.#invitationOf(token);
    if (!invitation?.accepted("control")) return;
    const place = { address: from.address, controlPort: from.port, dataPort: 0 };
    this.#participants.admit({
      ssrc,
      token,
      name,
      ...place,
      invitedBy: "us",
      lastHeard: now,
      networkDelayS: undefined,
    });
    this.#advance(invitation, now);
  }

  #onBye({ ssrc }: { ssrc: number }, now: number): void {
    const gone = this.#participants.remove(ssrc);
    if (gone?.invitedBy === "us") this.#invitationOf(gone.token)?.left(now);
  }

  /** Session packets come here too; what others play is not for us. */
  #onData(bytes: Uint8Array, from: From): void {
    const packet = decodeAppleMidi(bytes);
    const participant = packet && this.#senderOf(packet, from);
    if (!participant) return;
    const now = this.#options.now();
    participant.lastHeard = now;
    if (packet.command === "IN") {
      participant.dataPort = from.port;
      this.#data({ command: "OK", token: packet.token, ssrc: this.#ssrc, name: this.#options.name }, from);
    } else if (packet.command === "OK") {
      const invitation = this.#invitationOf(packet.token);
      if (!invitation?.accepted("data")) return;
      participant.dataPort = from.port;
      this.#advance(invitation, now);
    } else if (packet.command === "CK") this.#onClock(packet, participant, from);
    else if (packet.command === "BY") this.#onBye(packet, now);
  }

  /** Some (pymidi) have another SSRC on their data port: then the token or the port tells who it is. */
  #senderOf(packet: AppleMidiPacket, from: From): Participant | undefined {
    const token = "token" in packet ? packet.token : undefined;
    const sender = this.#participants.get(packet.ssrc) ?? this.#participants.find({ token, port: from.port });
    return sender?.address === from.address ? sender : undefined;
  }

  #onClock({ count, times }: Extract<AppleMidiPacket, { command: "CK" }>, participant: Participant, from: From): void {
    const [first, second] = times;
    if (count === 0) this.#data(this.#clock(1, [first, this.#time(), 0n]), from);
    if (count !== 1) return;
    const third = this.#time();
    this.#data(this.#clock(2, [first, second, third]), from);
    participant.networkDelayS = Number(third - first) / UNITS_PER_SECOND / 2;
    this.#invitationOf(participant.token)?.clockAnswered();
  }

  #forget(token: number): void {
    const gone = this.#participants.connected.find((one) => one.token === token);
    if (!gone) return;
    this.#participants.remove(gone.ssrc);
    this.#fail(`${gone.name} (${gone.address}) does not answer; inviting again`);
  }

  #invitationOf(token: number): Invitation | undefined {
    return this.#invitations.find((one) => one.token === token);
  }

  #clock(count: 0 | 1 | 2, times: readonly [bigint, bigint, bigint]): AppleMidiPacket {
    return { command: "CK", ssrc: this.#ssrc, count, times };
  }

  #time(): bigint {
    return BigInt(Math.round(this.#options.now() * UNITS_PER_SECOND));
  }

  #control(packet: AppleMidiPacket, { port, address }: From): void {
    this.#sockets.sendControl(encodeAppleMidi(packet), port, address);
  }

  #data(packet: AppleMidiPacket, { port, address }: From): void {
    this.#sockets.sendData(encodeAppleMidi(packet), port, address);
  }

  #fail(text: string): void {
    this.#errors += 1;
    this.#lastError = text;
  }
}

type Exchange = Extract<AppleMidiPacket, { name: string }>;
