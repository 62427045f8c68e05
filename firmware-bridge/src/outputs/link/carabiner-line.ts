/** One line of the Carabiner protocol into what it says. */

/** A value of the EDN maps this protocol uses: integers, decimals, booleans. */
type EdnValue = number | boolean;

export interface LinkStatus {
  kind: "status";
  /** Others in the session, ourselves left out. */
  peers: number;
  bpm: number;
  /** Link time of beat 0 for a quantum of 4, microseconds. */
  startUs: number;
  /** Beat at the moment of the answer, for a quantum of 4. */
  beat: number;
  /** Only while start/stop is shared. */
  playing?: boolean;
}

export type CarabinerMessage =
  | LinkStatus
  | { kind: "phase-at-time" | "beat-at-time"; whenUs: number; quantum: number; value: number }
  | { kind: "time-at-beat"; whenUs: number; quantum: number; beat: number }
  | { kind: "clock"; linkUs: number; monotonicUs: number }
  | { kind: "version"; version: string }
  | { kind: "unsupported"; command: string }
  | { kind: "refused"; argument: "bpm" | "beat" | "time" | "quantum" };

/** Longest line that is looked at, bytes. The longest a real one has is near 120. */
export const MAX_LINE_LENGTH = 256;

const PAIR = /^:([a-z][a-z-]{0,15}) (true|false|-?\d{1,18}(?:\.\d{1,9})?)(?: |$)/;
const REFUSED = /^bad-(bpm|beat|time|quantum)$/;

/** Undefined for anything but a whole, well-formed reply with exactly the fields it must have. `line` has no line end. */
export function parseCarabinerLine(line: string): CarabinerMessage | undefined {
  if (line.length > MAX_LINE_LENGTH) return undefined;
  const text = line.trimEnd();
  const space = text.indexOf(" ");
  const word = space < 0 ? text : text.slice(0, space);
  const rest = space < 0 ? "" : text.slice(space + 1);
  if (word === "version") return versionOf(rest);
  if (word === "unsupported") return /^[\x21-\x7e]+$/.test(rest) ? { kind: "unsupported", command: rest } : undefined;
  const refused = rest === "" ? REFUSED.exec(word)?.[1] : undefined;
  if (refused) return { kind: "refused", argument: refused as "bpm" };
  const map = parseMap(rest);
  return map && messageOf(word, map);
}

/** `{ :name value … }` with each name once. */
function parseMap(text: string): Map<string, EdnValue> | undefined {
  if (!text.startsWith("{ ") || !text.endsWith(" }")) return undefined;
  let rest = text.slice(2, -1);
  const map = new Map<string, EdnValue>();
  while (rest.length > 0) {
    const [whole, name, value] = PAIR.exec(rest) ?? [];
    if (whole === undefined || name === undefined || value === undefined || map.has(name)) return undefined;
    map.set(name, value === "true" ? true : value === "false" ? false : Number(value));
    rest = rest.slice(whole.length);
  }
  return map;
}

function messageOf(word: string, map: Map<string, EdnValue>): CarabinerMessage | undefined {
  const has = (...names: string[]) =>
    map.size === names.length && names.every((name) => typeof map.get(name) === "number");
  const number = (name: string) => map.get(name) as number;
  switch (word) {
    case "status":
      return statusOf(map);
    case "phase-at-time":
    case "beat-at-time": {
      const field = word === "phase-at-time" ? "phase" : "beat";
      if (!has("when", "quantum", field)) return undefined;
      return { kind: word, whenUs: number("when"), quantum: number("quantum"), value: number(field) };
    }
    case "time-at-beat":
      if (!has("when", "quantum", "beat")) return undefined;
      return { kind: word, whenUs: number("when"), quantum: number("quantum"), beat: number("beat") };
    case "tactus-clock":
      if (!has("link", "monotonic")) return undefined;
      return { kind: "clock", linkUs: number("link"), monotonicUs: number("monotonic") };
    default:
      return undefined;
  }
}

/** Fields a later Carabiner may add are passed over; those we know must be there and of their type. */
function statusOf(map: Map<string, EdnValue>): LinkStatus | undefined {
  const [peers, bpm, startUs, beat] = ["peers", "bpm", "start", "beat"].map((name) => map.get(name));
  const playing = map.get("playing");
  if (typeof peers !== "number" || !Number.isInteger(peers) || peers < 0) return undefined;
  if (typeof bpm !== "number" || bpm <= 0 || typeof startUs !== "number" || typeof beat !== "number") return undefined;
  if (playing !== undefined && typeof playing !== "boolean") return undefined;
  return { kind: "status", peers, bpm, startUs, beat, ...(playing === undefined ? {} : { playing }) };
}

function versionOf(rest: string): CarabinerMessage | undefined {
  const version = /^"([0-9A-Za-z.+-]{1,32})"$/.exec(rest)?.[1];
  return version === undefined ? undefined : { kind: "version", version };
}
