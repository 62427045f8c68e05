/** A WebSocket into what a live session needs of it. */
import type { WSContext } from "hono/ws";

/** What is used of a `ws` socket beyond the standard. */
export interface RawSocket {
  send(text: string, done: (error?: Error) => void): void;
  ping(): void;
  terminate(): void;
  on(event: "pong", handler: () => void): void;
}

/** What a session needs of its connection. */
export interface Channel {
  /** Resolves when the text has left this process. */
  send(text: string): Promise<void>;
  /** Asks the other side for a sign of life; `onAlive` is called when it comes. */
  probe(): void;
  onAlive(handler: () => void): void;
  close(reason: string): void;
}

export function channelOn(socket: WSContext<RawSocket>): Channel {
  const { raw } = socket;
  if (!raw) throw new Error("WebSocket without a socket");
  return {
    send: (text) =>
      new Promise((resolve, reject) => {
        raw.send(text, (error) => (error ? reject(error) : resolve()));
      }),
    probe: () => raw.ping(),
    onAlive: (handler) => raw.on("pong", handler),
    close: (reason) => {
      socket.close(1001, reason.slice(0, 100));
      setTimeout(() => raw.terminate(), 1000).unref();
    },
  };
}
