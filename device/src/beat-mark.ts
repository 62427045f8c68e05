/** The newest beat that a session of hearing has announced into one line of a file, and back: hearing writes it, the agent reads it. */
import { join } from "node:path";

/** One beat of one session of hearing. */
export interface BeatNumber {
  /** Hearing's session: what comes before the number. */
  name: string;
  /** From 0, without a gap. */
  number: number;
}

/** The newest beat that was announced, and when it was due: epoch microseconds. */
export interface BeatMark extends BeatNumber {
  atUs: number;
}

/** Every mark is of this length, written in place: bytes. */
export const MARK_LENGTH = 96;
/** More sessions than these are not marked until an agent has counted them. */
export const MAX_MARKS = 256;

const NUMBERED = /^(.+)-(0|[1-9]\d{0,14})$/s;
const LINE = /^(\S+) (\d{1,15}) (\d{1,16}) *\n$/;
const FILE = /^(\d{1,15})-\S+$/;

/** Undefined for an id that holds no number. */
export function beatNumberOf(beatId: string): BeatNumber | undefined {
  const parts = NUMBERED.exec(beatId);
  return parts?.[1] === undefined ? undefined : { name: parts[1], number: Number(parts[2]) };
}

/** Where the marks of all sessions lie, each in a file of its own: a new session leaves alone what nobody has counted yet. */
export const markFolder = (stateDir: string): string => join(stateDir, "beats");

export const markFileOf = (session: string, sessionNumber: number): string => `${sessionNumber}-${session}`;

/** The number of the session whose mark is in a file of this name; undefined for other files. */
export function orderOf(file: string): number | undefined {
  const order = FILE.exec(file)?.[1];
  return order === undefined ? undefined : Number(order);
}

export function markLine({ name, number, atUs }: BeatMark): string {
  return `${name} ${number} ${atUs}`.padEnd(MARK_LENGTH - 1).concat("\n");
}

/** Undefined where no beat was announced, or the power went while it was written. */
export function parseMark(line: string): BeatMark | undefined {
  const [, name, number, atUs] = LINE.exec(line) ?? [];
  return name === undefined ? undefined : { name, number: Number(number), atUs: Number(atUs) };
}
