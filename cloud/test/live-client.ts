/** A page as the cloud sees it: a WebSocket on the live feed, and what came over it. */
import type { ClientMessage, ServerMessage } from "@tactus/cloud";
import { WebSocket } from "ws";
import { eventually } from "./cloud-under-test.js";

export class LiveClient {
  readonly received: ServerMessage[] = [];
  readonly #socket: WebSocket;

  constructor(url: string, headers: Record<string, string> = {}) {
    this.#socket = new WebSocket(`${url.replace(/^http/, "ws")}/api/v1/live`, { headers });
    this.#socket.on("message", (data) => this.received.push(JSON.parse(String(data)) as ServerMessage));
    this.#socket.on("error", () => {});
  }

  /** Resolves when the socket is open; rejects with the HTTP status of a refusal. */
  open(): Promise<this> {
    return new Promise((resolve, reject) => {
      this.#socket.once("open", () => resolve(this));
      this.#socket.once("unexpected-response", (_request, response) =>
        reject(new Error(`HTTP ${response.statusCode}`)),
      );
    });
  }

  say(message: ClientMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  sayRaw(text: string): void {
    this.#socket.send(text);
  }

  /** The first message of this type (and content) that came or comes. */
  first<Type extends ServerMessage["type"]>(
    type: Type,
    matching: (message: Extract<ServerMessage, { type: Type }>) => boolean = () => true,
  ): Promise<Extract<ServerMessage, { type: Type }>> {
    type Wanted = Extract<ServerMessage, { type: Type }>;
    const find = () => this.received.find((message) => message.type === type && matching(message as Wanted));
    return eventually(find, `a message of type ${type}`) as Promise<Wanted>;
  }

  all<Type extends ServerMessage["type"]>(type: Type): Extract<ServerMessage, { type: Type }>[] {
    return this.received.filter((message): message is Extract<ServerMessage, { type: Type }> => message.type === type);
  }

  close(): void {
    this.#socket.close();
  }
}
