/** The command `tactus bridge`: a configuration into lights on the beat, until a signal. */
import { once } from "node:events";
import { pino } from "pino";
import type { LoadedConfig } from "./config.js";
import type { OutputContext } from "./outputs/output.js";
import { Bridge } from "./runtime.js";

export function openLog(level: string): OutputContext["log"] {
  const log = pino({ name: "bridge", level }, pino.destination({ dest: 2, sync: false }));
  return { info: (text) => log.info(text), warn: (text) => log.warn(text) };
}

/** Resolves when it was stopped. Rejects with InputError when the configuration cannot work. `print`: for people. */
export async function runBridge({ config, folder, path }: LoadedConfig, print: (line: string) => void): Promise<void> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  const bridge = new Bridge({ config, folder, log: openLog(config.logLevel) });
  try {
    await bridge.start();
    const names = bridge.outputs.map(({ name }) => `${name} (${config.outputs[name]?.type})`);
    print(`Beats from ${config.mqtt.url}`);
    print(names.length > 0 ? `Outputs: ${names.join(", ")}` : `No outputs: name some under "outputs:" in ${path}`);
    if (!stop.signal.aborted) await once(stop.signal, "abort");
  } finally {
    await bridge.stop();
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}
