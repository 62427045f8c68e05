/** The cloud as a process of its own: signals in, exit code out. */
import { once } from "node:events";
import type { CloudConfig } from "./config.js";
import { createLog } from "./log.js";
import { startCloud } from "./runtime.js";

/** Runs until SIGINT or SIGTERM; resolves after a clean stop. Throws when the cloud cannot start or go on. */
export async function runCloud(config: CloudConfig, say: (line: string) => void): Promise<void> {
  const stopping = new AbortController();
  const log = createLog(config.logLevel);
  const cloud = await startCloud(config, { log, onFatal: (error) => stopping.abort(error) });
  say(`Page       ${cloud.url}`);
  say(
    `Devices    ${cloud.mqttUrl}, each with a login of its own (a box with cloud.url ${cloud.url} shows a claim code)`,
  );
  say(
    cloud.writeToken === undefined
      ? "Access     only from this machine (set http.host and mqtt.host to open it)"
      : `Access     anyone may read; changes need the token in ${config.dataDir}/admin-token`,
  );
  const fatal = await untilStopped(stopping.signal);
  await cloud.stop();
  if (fatal) throw fatal;
}

/** The reason, when it was not a signal. */
async function untilStopped(fatal: AbortSignal): Promise<Error | undefined> {
  const done = new AbortController();
  const { signal } = done;
  try {
    await Promise.race([
      once(process, "SIGINT", { signal }),
      once(process, "SIGTERM", { signal }),
      fatal.aborted ? Promise.resolve() : once(fatal, "abort", { signal }),
    ]);
  } finally {
    done.abort();
  }
  return fatal.aborted ? (fatal.reason as Error) : undefined;
}
