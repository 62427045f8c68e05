/** Packets to all targets, and what comes back from them into "receiving or not". */
import type { Socket } from "node:dgram";
import { closeUdpSocket, openUdpSocket } from "../../udp-socket.js";
import type { OutputContext, OutputHealth } from "../output.js";
import { decodeOsc } from "./osc-input.js";
import type { OscTarget } from "./osc-target.js";
import { TcpTarget } from "./tcp-target.js";
import { UdpTarget } from "./udp-target.js";

/** A receiver heard within this is there. Seconds. */
const ALIVE_S = 15;
const PING_EVERY_MS = 5_000;

export interface OscReceiversOptions {
  targets: readonly { host: string; port: number; transport: "udp" | "tcp" }[];
  /** A packet that receivers answer, sent every few seconds; undefined = they do not. */
  ping: Uint8Array | undefined;
  /** What to look at when a ping is not answered. */
  remedy: string;
  /** 0 = none. */
  feedbackPort: number;
  context: Pick<OutputContext, "now" | "log">;
}

interface Watched {
  target: OscTarget;
  heardAt: number;
  startedAt: number;
}

export class OscReceivers {
  readonly #options: OscReceiversOptions;
  readonly #watched: Watched[];
  #feedback: Socket | undefined;
  #feedbackAt = Number.NEGATIVE_INFINITY;
  #pings: NodeJS.Timeout | undefined;

  constructor(options: OscReceiversOptions) {
    this.#options = options;
    this.#watched = options.targets.map((target) => this.#watch(target));
  }

  /** Throws UnavailableError when the feedback port is taken. */
  async start(): Promise<void> {
    await this.#openFeedback();
    for (const watched of this.#watched) watched.startedAt = this.#options.context.now();
    await Promise.all(this.#watched.map(({ target }) => target.start()));
    const { ping } = this.#options;
    if (ping) this.#pings = setInterval(() => this.send(ping), PING_EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#pings);
    const feedback = this.#feedback;
    this.#feedback = undefined;
    if (feedback) await closeUdpSocket(feedback);
    await Promise.all(this.#watched.map(({ target }) => target.stop()));
  }

  send(packet: Uint8Array): void {
    for (const { target } of this.#watched) target.send(packet);
  }

  health(): OutputHealth {
    const each = this.#watched.map((watched) => ({ ...watched.target.health(), receiving: this.#receiving(watched) }));
    const isLost = each.some(({ receiving }) => receiving === "not-receiving");
    const isSeen = each.every(({ receiving }) => receiving === "receiving");
    const sum = (count: (one: (typeof each)[number]) => number) => each.reduce((total, one) => total + count(one), 0);
    return {
      receiving: isLost ? "not-receiving" : isSeen ? "receiving" : "unknown",
      peer: this.#watched.map(({ target }, i) => `${target.label} ${each[i]?.receiving ?? ""}`).join(", "),
      sent: sum(({ sent }) => sent),
      errors: sum(({ errors }) => errors),
      lastError: this.#silent() || (each.find(({ lastError }) => lastError)?.lastError ?? ""),
    };
  }

  #watch({ transport, host, port }: OscReceiversOptions["targets"][number]): Watched {
    const { ping, context } = this.#options;
    const onOpen = () => void (ping && watched.target.send(ping));
    const onPacket = (packet: Uint8Array) => {
      if (decodeOsc(packet)) watched.heardAt = context.now();
    };
    const Target = transport === "tcp" ? TcpTarget : UdpTarget;
    const never = Number.NEGATIVE_INFINITY;
    const watched: Watched = {
      target: new Target({ host, port, onOpen, onPacket, log: context.log }),
      heardAt: never,
      startedAt: never,
    };
    return watched;
  }

  #receiving({ target, heardAt, startedAt }: Watched): OutputHealth["receiving"] {
    const now = this.#options.context.now();
    const known = target.health().receiving;
    if (known === "not-receiving") return known;
    if (now - Math.max(heardAt, this.#feedbackAt) < ALIVE_S) return "receiving";
    if (this.#options.ping && now - startedAt > ALIVE_S) return "not-receiving";
    return this.#options.ping ? "unknown" : known;
  }

  /** Why a receiver that is asked does not answer, when that is the trouble. */
  #silent(): string {
    if (!this.#options.ping) return "";
    const mute = this.#watched.find(
      (watched) =>
        watched.target.health().receiving !== "not-receiving" && this.#receiving(watched) === "not-receiving",
    );
    return mute ? `${mute.target.label} does not answer: ${this.#options.remedy}` : "";
  }

  async #openFeedback(): Promise<void> {
    const { feedbackPort, context } = this.#options;
    if (feedbackPort === 0) return;
    const socket = await openUdpSocket({ port: feedbackPort });
    socket.on("error", (error) => context.log.warn(`OSC feedback: ${error.message}`));
    socket.on("message", (packet) => {
      if (decodeOsc(packet)) this.#feedbackAt = context.now();
    });
    this.#feedback = socket;
  }
}
