/** One page's connection: what it asks for, what it commands, and whether it is still there. */
import { parseJsonAs } from "@tactus/shared";
import type { OutputWatcher } from "../control/output-watcher.js";
import type { OverrideDesk } from "../control/override-desk.js";
import type { Log } from "../log.js";
import { type LastingAccess, requirePermission, signedBy } from "../middleware/access.js";
import { problemOf } from "../problems.js";
import type { Principal } from "../users/principal.js";
import type { Channel } from "./channel.js";
import type { DeviceBoard } from "./device-board.js";
import type { LiveHub, LiveListener } from "./live-hub.js";
import { ClientMessage, type DeviceDetail, type ServerMessage, type Watch } from "./live-messages.js";
import { RateLimit } from "./rate-limit.js";

export interface LiveSessionOptions {
  channel: Channel;
  hub: LiveHub;
  board: DeviceBoard;
  desk: OverrideDesk;
  outputs: OutputWatcher;
  access: LastingAccess;
  log: Log;
  now(): number;
  /** Default 10 000. */
  heartbeatMs?: number;
}

type Command = Extract<ClientMessage, { type: "override" }>;

/** A held arrow key repeats some 30 times a second; more than this is no hand. */
const MESSAGES_PER_SECOND = 60;
/** Heartbeats without an answer after which the other side is taken for gone. */
const MAX_SILENT = 3;

export class LiveSession {
  readonly #options: LiveSessionOptions;
  readonly #rate = new RateLimit({ perSecond: MESSAGES_PER_SECOND });
  #listener: LiveListener | undefined;
  #heart: NodeJS.Timeout | undefined;
  #silent = 0;
  #principal: Principal | undefined;
  /** What was sent after a token waits for the answer to it. */
  #authorized = Promise.resolve();

  constructor(options: LiveSessionOptions) {
    this.#options = options;
    this.#principal = options.access.principal;
  }

  start(): void {
    const { hub, board, channel, now, heartbeatMs = 10_000 } = this.#options;
    this.#say({
      type: "hello",
      v: 1,
      atUs: now(),
      heartbeatMs,
      writeToken: this.#principal?.permissions.includes("operate") ? "not-needed" : "needed",
      devices: board.summaries(),
    });
    this.#listener = hub.attach({
      watch: [],
      send: (event) => channel.send(JSON.stringify(event)),
      onDrop: (reason) => channel.close(reason),
    });
    channel.onAlive(() => {
      this.#silent = 0;
    });
    this.#heart = setInterval(() => this.#beatHeart(), heartbeatMs);
  }

  stop(): void {
    clearInterval(this.#heart);
    this.#listener?.close();
  }

  /** One message of the page. */
  take(text: string): void {
    const receivedAtUs = this.#options.now();
    if (!this.#rate.admit(receivedAtUs)) return;
    try {
      this.#act(parseJsonAs(ClientMessage, text, "Message"), receivedAtUs);
    } catch (error) {
      this.#complain(null, error);
    }
  }

  #act(message: ClientMessage, receivedAtUs: number): void {
    const { now } = this.#options;
    if (message.type === "ping") {
      this.#say({ type: "pong", pingSentAtUs: message.sentAtUs, receivedAtUs, sentAtUs: now() });
    } else if (message.type === "watch") {
      this.#watch(message.devices);
    } else if (message.type === "watch-output") {
      void this.#options.outputs.watch(message);
    } else if (message.type === "authorize") {
      this.#authorized = this.#authorize(message.token);
    } else {
      void this.#command(message);
    }
  }

  #watch(devices: Watch): void {
    const { board } = this.#options;
    this.#listener?.watch(devices);
    const ids = devices === "*" ? board.summaries().map(({ id }) => id) : devices;
    const known = ids.map((id) => board.detail(id)).filter((detail): detail is DeviceDetail => detail !== undefined);
    this.#say({ type: "watching", devices: known });
  }

  async #authorize(token: string): Promise<void> {
    try {
      this.#principal = await this.#options.access.authorize(token);
      this.#say({ type: "authorized" });
    } catch (error) {
      this.#complain(null, error);
    }
  }

  /** A login that is over ends the connection. */
  async #lookAgain(): Promise<void> {
    const { access, channel, log } = this.#options;
    try {
      this.#principal = await access.again();
      if (!this.#principal?.permissions.includes("read")) channel.close("the login is over");
    } catch (error) {
      log.error({ err: error }, "Access could not be looked up");
    }
  }

  async #command({ type, ...request }: Command): Promise<void> {
    try {
      await this.#authorized;
      const by = signedBy(requirePermission(this.#principal, "operate"), request.by);
      this.#say({ type, ...(await this.#options.desk.send({ ...request, by })) });
    } catch (error) {
      this.#complain(request.requestId, error);
    }
  }

  #complain(requestId: string | null, error: unknown): void {
    const problem = problemOf(error);
    if (problem.status === 500) this.#options.log.error({ err: error }, "Live message failed");
    this.#say({ type: "problem", requestId, problem });
  }

  /** Past the queue: answers to this page, which are few. A broken connection is noticed by `onClose`. */
  #say(message: ServerMessage): void {
    this.#options.channel.send(JSON.stringify(message)).catch(() => this.stop());
  }

  #beatHeart(): void {
    this.#silent++;
    const { channel, now } = this.#options;
    if (this.#silent > MAX_SILENT) {
      channel.close("no sign of life");
      return;
    }
    channel.probe();
    this.#say({ type: "heartbeat", atUs: now() });
    void this.#lookAgain();
  }
}
