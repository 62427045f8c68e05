/** The structured log of one process: JSON lines on standard error. Configurations and secrets are never logged. */
import { type Logger, pino } from "pino";

export function openLog(name: string, level: string): Logger {
  return pino({ name, level }, pino.destination({ dest: 2, sync: false }));
}
