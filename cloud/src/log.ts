/** The cloud's log: one JSON line per event on stderr. */
import { type Logger, pino } from "pino";

export type Log = Logger;

export function createLog(level: string): Log {
  return pino({ level, base: { part: "cloud" } }, pino.destination({ fd: 2, sync: false }));
}
