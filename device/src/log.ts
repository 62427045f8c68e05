/** The structured log of one process: JSON lines on standard error. Configurations and secrets are never logged. */
import { type Logger, pino } from "pino";

let stderr: ReturnType<typeof pino.destination> | undefined;

/** Does not wait: a reader that stands still holds nobody up. */
function standardError(): ReturnType<typeof pino.destination> {
  stderr ??= pino.destination({ dest: 2, sync: false });
  return stderr;
}

/** `onLine` gets every line too, as it was written. */
export function openLog(name: string, level: string, onLine?: (line: string) => void): Logger {
  if (!onLine) return pino({ name, level }, standardError());
  const both = {
    write: (line: string) => {
      standardError().write(line);
      onLine(line);
    },
  };
  return pino({ name, level }, both);
}

/** A line of another process, as it wrote it. */
export const passOn = (line: string): void => void standardError().write(`${line}\n`);
