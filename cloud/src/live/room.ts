/** One more listener, or a refusal before anything is opened. */
import { UnavailableError } from "@tactus/shared";
import type { LiveHub } from "./live-hub.js";

/** Throws UnavailableError. */
export function requireRoom(hub: LiveHub): void {
  if (hub.isFull) throw new UnavailableError("Too many pages are listening already: close one, or try again later");
}
