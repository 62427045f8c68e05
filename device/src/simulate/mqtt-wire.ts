/** One MQTT 3.1.1 connection in a few kilobytes: packets to a socket and back, for thousands in one process. */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { generate, type Packet, parser } from "mqtt-packet";

export interface WireTarget {
  host: string;
  port: number;
  /** Certificates to trust, PEM; absent = not encrypted. */
  ca?: string | undefined;
  isTls: boolean;
}

export interface WireLogin {
  clientId: string;
  username: string;
  password: string;
  will: { topic: string; payload: string };
  subscriptions: readonly string[];
}

export interface WireEvents {
  /** Connected and subscribed. */
  onUp(): void;
  /** It ended, or never came up. */
  onDown(wasUp: boolean, reason: string): void;
  onMessage(topic: string, payload: Buffer): void;
}

export interface WireMessage {
  qos?: 0 | 1;
  retain?: boolean;
}

const KEEPALIVE_S = 15;
const CONNECT_TIMEOUT_MS = 20_000;
/** A link this far behind gets no more messages of QoS 0: bytes. */
const BEHIND_BYTES = 64 * 1024;

export class MqttWire {
  readonly #events: WireEvents;
  #socket: Socket | undefined;
  #isUp = false;
  #isHung = false;
  #nextId = 1;
  #saidAt = 0;
  #heardAt = 0;

  constructor(events: WireEvents) {
    this.#events = events;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  /** Only when it is not open. */
  open(target: WireTarget, login: WireLogin): void {
    const socket = target.isTls
      ? connectTls({ host: target.host, port: target.port, ...(target.ca ? { ca: target.ca } : {}) })
      : connectTcp({ host: target.host, port: target.port });
    this.#socket = socket;
    this.#isHung = false;
    const reader = parser({ protocolVersion: 4 });
    reader.on("packet", (packet: Packet) => this.#take(packet, login));
    reader.on("error", () => socket.destroy());
    socket.setNoDelay(true);
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error("timeout")));
    let reason = "closed";
    socket.on("data", (bytes: Buffer) => {
      if (!this.#isHung) reader.parse(bytes);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      reason = error.code ?? error.message;
    });
    socket.once("close", () => {
      if (this.#socket === socket) this.#closed(reason);
    });
    socket.once(target.isTls ? "secureConnect" : "connect", () => this.#hello(login));
  }

  /** False: it was not sent. */
  send(topic: string, payload: string | Buffer, { qos = 0, retain = false }: WireMessage = {}): boolean {
    const socket = this.#socket;
    if (!socket || !this.#isUp) return false;
    if (qos === 0 && socket.writableLength > BEHIND_BYTES) return false;
    const id = qos === 0 ? {} : { messageId: this.#takeId() };
    this.#write({ cmd: "publish", topic, payload, qos, retain, dup: false, ...id });
    return true;
  }

  /** Several messages in one packet of the network. */
  together(send: () => void): void {
    this.#socket?.cork();
    send();
    this.#socket?.uncork();
  }

  /** Every few seconds. `now`: monotonic seconds. */
  keepAlive(now: number): void {
    if (!this.#isUp) return;
    if (now - this.#heardAt > KEEPALIVE_S * 1.5) this.#socket?.destroy(new Error("silent"));
    else if (now - this.#saidAt > KEEPALIVE_S * 0.6) this.#write({ cmd: "pingreq" });
  }

  /** As when a cable is pulled: nobody is told. */
  cut(): void {
    this.#socket?.destroy();
  }

  /** The connection stays and carries nothing, either way. */
  hang(): void {
    this.#isHung = true;
  }

  /** Says farewell and closes in order. */
  async close(farewell: { topic: string; payload: string }): Promise<void> {
    const socket = this.#socket;
    if (!socket) return;
    if (this.#isUp && !this.#isHung) {
      this.send(farewell.topic, farewell.payload, { qos: 1, retain: true });
      this.#write({ cmd: "disconnect" });
    }
    this.#socket = undefined; // nobody is told of this end
    this.#isUp = false;
    await new Promise<void>((resolve) => {
      socket.once("close", () => resolve());
      socket.setTimeout(2000, () => socket.destroy());
      socket.end();
    });
  }

  #hello({ clientId, username, password, will }: WireLogin): void {
    this.#write({
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: 4,
      clean: true,
      clientId,
      keepalive: KEEPALIVE_S,
      username,
      password: Buffer.from(password),
      will: { ...will, qos: 1, retain: true },
    });
  }

  #take(packet: Packet, { subscriptions }: WireLogin): void {
    this.#heardAt = performance.now() / 1000;
    if (packet.cmd === "connack") this.#connected(packet.returnCode ?? 0, subscriptions);
    if (packet.cmd === "suback") this.#subscribed();
    if (packet.cmd !== "publish") return;
    if (packet.qos === 1 && packet.messageId !== undefined) this.#write({ cmd: "puback", messageId: packet.messageId });
    this.#events.onMessage(packet.topic, packet.payload as Buffer);
  }

  #connected(returnCode: number, subscriptions: readonly string[]): void {
    if (returnCode !== 0) {
      this.#socket?.destroy(new Error(`refused: ${returnCode}`));
      return;
    }
    const wanted = subscriptions.map((topic) => ({ topic, qos: 1 as const }));
    this.#write({ cmd: "subscribe", messageId: this.#takeId(), subscriptions: wanted });
  }

  #subscribed(): void {
    if (this.#isUp) return;
    this.#socket?.setTimeout(0);
    this.#isUp = true;
    this.#events.onUp();
  }

  #closed(reason: string): void {
    const wasUp = this.#isUp;
    this.#socket = undefined;
    this.#isUp = false;
    this.#events.onDown(wasUp, reason);
  }

  #write(packet: Packet): void {
    const socket = this.#socket;
    if (!socket || this.#isHung || socket.destroyed) return;
    this.#saidAt = performance.now() / 1000;
    socket.write(generate(packet));
  }

  #takeId(): number {
    const id = this.#nextId;
    this.#nextId = id === 65_535 ? 1 : id + 1;
    return id;
  }
}
