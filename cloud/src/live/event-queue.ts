/** Events for one listener: in order while it keeps up, only the newest state of each thing when it does not. */
import type { LiveEvent } from "./live-messages.js";

/** Announced beats kept for a listener that does not keep up; older ones have fallen anyway. */
const MAX_BEATS = 64;

/** Bounded by what there is to know: one event per device and leaf, plus MAX_BEATS. */
export class EventQueue {
  /** A newer event takes the place of the older one in the line, so that nothing starves. */
  readonly #waiting = new Map<string, LiveEvent>();
  readonly #beatKeys = new Set<string>();
  #collapsed = 0;

  get size(): number {
    return this.#waiting.size;
  }

  /** Events that were replaced by a newer one, or were too old, before they could be sent. */
  get collapsed(): number {
    return this.#collapsed;
  }

  push(event: LiveEvent): void {
    const key = keyOf(event);
    if (this.#waiting.has(key)) this.#collapsed++;
    else if (event.type === "beat") this.#makeRoomForBeat(key);
    this.#waiting.set(key, event);
  }

  /** The next event, which leaves the queue. */
  take(): LiveEvent | undefined {
    for (const [key, event] of this.#waiting) {
      this.#waiting.delete(key);
      this.#beatKeys.delete(key);
      return event;
    }
    return undefined;
  }

  #makeRoomForBeat(key: string): void {
    this.#beatKeys.add(key);
    if (this.#beatKeys.size <= MAX_BEATS) return;
    for (const oldest of this.#beatKeys) {
      this.#beatKeys.delete(oldest);
      this.#waiting.delete(oldest);
      this.#collapsed++;
      return;
    }
  }
}

function keyOf(event: LiveEvent): string {
  if (event.type === "beat") return `${event.device} beat ${event.data.beatId}`;
  if (event.type === "alert") return `${event.device} alert ${event.data.id}`;
  if (event.type === "output" || event.type === "output/dmx" || event.type === "output/rig")
    return `${event.device} ${event.type} ${event.data.name}`;
  return `${event.device} ${event.type}`;
}
