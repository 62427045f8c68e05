/** UDP port 6454 for the whole process: decoded packets to whoever listens, and answers to polls. */
import type { RemoteInfo, Socket } from "node:dgram";
import { ownAddresses } from "../../local-interface.js";
import { closeUdpSocket, openUdpSocket } from "../../udp-socket.js";
import { ARTNET_PORT, type ArtnetPacket, decodeArtnet } from "./artnet-packet.js";
import { pollReplies } from "./poll-answer.js";

/** Called for each well-formed packet that was not sent from this port itself. */
export type ArtnetListener = (packet: ArtnetPacket, from: string) => void;

/** Addresses of this machine change seldom. */
const OWN_ADDRESSES_MS = 5000;
/** A poll of 14 bytes costs us several of 239, and its sender's address may be forged: so many are answered a second. */
const MAX_ANSWERS_PER_SECOND = 20;
/** Under which other controllers list this machine. */
const NAME = "Tactus";

/**
 * Several users, one socket: replies to a poll are unicast to port 6454, and of several sockets bound to it Linux gives a unicast
 * packet to one. For the same reason another Art-Net program on this machine may take our replies, or we take its.
 */
export class ArtnetPort {
  readonly #listeners = new Set<ArtnetListener>();
  readonly #announced = new Set<readonly number[]>();
  #users = 0;
  #answers = { second: 0, count: 0 };
  #socket: Promise<Socket> | undefined;
  #own = new Set<string>();
  #ownAt = Number.NEGATIVE_INFINITY;

  /** The socket, bound for the first user; each `open` wants a `close`. Rejects with UnavailableError. */
  async open(): Promise<Socket> {
    this.#users++;
    this.#socket ??= this.#bind();
    try {
      return await this.#socket;
    } catch (error) {
      this.#users--;
      this.#socket = undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#users--;
    if (this.#users > 0 || !this.#socket) return;
    const closing = this.#socket;
    this.#socket = undefined; // whoever opens meanwhile gets a new one
    await closeUdpSocket(await closing);
  }

  /** Returns what undoes it. */
  listen(listener: ArtnetListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Universes that controllers should send to this machine. Returns what undoes it. */
  announce(universes: readonly number[]): () => void {
    const entry = [...universes];
    this.#announced.add(entry);
    return () => this.#announced.delete(entry);
  }

  async #bind(): Promise<Socket> {
    const socket = await openUdpSocket({ port: ARTNET_PORT, shared: true, broadcast: true });
    socket.on("error", () => {}); // each send reports its own
    socket.on("message", (bytes, from) => this.#receive(socket, bytes, from));
    return socket;
  }

  #receive(socket: Socket, bytes: Uint8Array, { address, port }: RemoteInfo): void {
    if (port === ARTNET_PORT && this.#isOwn(address)) return; // our own broadcast
    const packet = decodeArtnet(bytes);
    if (!packet) return;
    if (packet.kind === "poll") this.#answer(socket, address);
    for (const listener of this.#listeners) listener(packet, address);
  }

  #answer(socket: Socket, to: string): void {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#answers.second) this.#answers = { second, count: 0 };
    if (++this.#answers.count > MAX_ANSWERS_PER_SECOND) return;
    const universes = [...new Set([...this.#announced].flat())];
    for (const reply of pollReplies({ to, name: NAME, universes })) socket.send(reply, ARTNET_PORT, to, () => {});
  }

  #isOwn(address: string): boolean {
    const now = performance.now();
    if (now - this.#ownAt > OWN_ADDRESSES_MS) {
      this.#own = ownAddresses();
      this.#ownAt = now;
    }
    return this.#own.has(address);
  }
}

/** The one of this process. */
export const artnetPort = new ArtnetPort();
